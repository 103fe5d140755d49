import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

interface Modules {
  getModuleInfo(id: string): { readonly isEntry: boolean; readonly importers: readonly string[] } | null;
}

const needed = new Set<string>();

/** Whether the first page needs this module before it can run: the entry imports it, itself or through others. */
function isNeededFirst(id: string, modules: Modules, seen = new Set<string>()): boolean {
  if (needed.has(id)) return true;
  if (seen.has(id)) return false;
  seen.add(id);
  const info = modules.getModuleInfo(id);
  const isNeeded =
    info !== null && (info.isEntry || info.importers.some((other) => isNeededFirst(other, modules, seen)));
  if (isNeeded) needed.add(id);
  return isNeeded;
}

/** Addresses in the built pages are relative: the server says by <base> under which path they live. */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    sourcemap: false,
    // Small files inlined as data: would need exceptions from the content policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Measured compressed, by test/web/first-load.test.ts.
    chunkSizeWarningLimit: 1_000,
    rolldownOptions: {
      output: {
        // What the first page needs comes in one file: two dozen small ones took half a second, six at a time.
        codeSplitting: {
          groups: [
            {
              debugName: 'first',
              name: (id: string, modules: Modules) => (isNeededFirst(id, modules) ? 'first' : null),
            },
          ],
        },
      },
    },
  },
});
