import type { QueryClient } from '@tanstack/react-query';
import { createRootRouteWithContext, createRoute, createRouter, Link } from '@tanstack/react-router';
import { useWords } from './language/provider.tsx';
import { Shell } from './ui/shell.tsx';

interface Context {
  readonly queries: QueryClient;
}

function NotFound() {
  const words = useWords();
  return (
    <main className="mx-auto max-w-xl p-8">
      <h1 className="text-lg">{words.notFound.title}</h1>
      <Link to="/">{words.notFound.back}</Link>
    </main>
  );
}

const root = createRootRouteWithContext<Context>()({ component: Shell, notFoundComponent: NotFound });
const overview = createRoute({ getParentRoute: () => root, path: '/', component: () => null });

/** Every page and its address, below the path that the install is mounted at. */
export function createAppRouter(queries: QueryClient) {
  return createRouter({
    routeTree: root.addChildren([overview]),
    basepath: new URL(document.baseURI).pathname,
    context: { queries },
    defaultPreload: 'intent',
    scrollRestoration: true,
  });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
