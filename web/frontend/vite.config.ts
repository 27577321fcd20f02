// One entry per page: src/pages/status.ts becomes the page asset `status` (see web/page_assets.py).
import { globSync } from "node:fs";
import { defineConfig } from "vite";

export default defineConfig({
  base: "/static/",
  build: {
    outDir: "../static",
    emptyOutDir: true,
    manifest: "manifest.json",
    target: "es2022",
    // the content security policy allows no data: addresses
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // the board's timeline and its calendar; no phone loads them
    chunkSizeWarningLimit: 900,
    rollupOptions: { input: globSync("src/pages/*.ts", { cwd: import.meta.dirname }) },
  },
});
