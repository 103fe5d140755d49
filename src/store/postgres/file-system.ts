import { statfs } from 'node:fs/promises';

/** Kinds of file systems (statfs, Linux) that do not keep what they were told to flush, or are not known to. */
const RISKS: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'is in memory (tmpfs): everything is gone when this machine restarts'],
  [0x858458f6, 'is in memory (ramfs): everything is gone when this machine restarts'],
  [
    0x6969,
    'is on NFS, which may lose what it was told to flush: use a disk of this machine, or a PostgreSQL on another one',
  ],
  [0xff534d42, 'is on a Windows share (CIFS), on which PostgreSQL is not safe: use a disk of this machine'],
  [0xfe534d42, 'is on a Windows share (SMB), on which PostgreSQL is not safe: use a disk of this machine'],
  [0x01021997, 'is a folder shared with the host (9p), on which PostgreSQL is not safe: use a volume of its own'],
]);

/** Why data in this folder may be lost although the server flushes it, as the end of a sentence; null where all is well. */
export async function riskOfFileSystem(folder: string): Promise<string | null> {
  const { type } = await statfs(folder);
  return RISKS.get(type) ?? null;
}
