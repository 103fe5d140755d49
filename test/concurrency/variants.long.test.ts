import { testNodesTogether } from './suite.ts';

testNodesTogether({ name: 'with a pool of one connection', database: { maxConnections: 1 } });
testNodesTogether({ name: 'with their roles split', roles: ['web', 'watch', 'deliver', 'web', 'watch,deliver'] });
