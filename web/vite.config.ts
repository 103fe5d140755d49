import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

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
  },
});
