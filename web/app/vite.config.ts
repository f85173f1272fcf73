import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

const server = process.env.GUICHET_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), pdfAssets()],
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 600,
    rollupOptions: {
      output: {
        // Some servers do not know `.mjs`, and a worker with a wrong media type is refused.
        assetFileNames: ({ names }) =>
          names.some((name) => name.endsWith(".mjs")) ? "assets/[name]-[hash].js" : "assets/[name]-[hash][extname]",
      },
    },
  },
  server: {
    proxy: { "/api": server, "/health": server },
  },
});

/** The fonts that a PDF may leave out, and the image decoders that need no WebAssembly, served from our own origin. */
function pdfAssets(): Plugin {
  return {
    name: "pdf-assets",
    apply: "build",
    generateBundle() {
      const root = dirname(createRequire(import.meta.url).resolve("pdfjs-dist/package.json"));
      const emit = (folder: string, keep: (name: string) => boolean) => {
        for (const name of readdirSync(join(root, folder)).filter(keep)) {
          const source = readFileSync(join(root, folder, name));
          this.emitFile({ type: "asset", fileName: `pdf/${folder}/${name}`, source });
        }
      };
      emit("standard_fonts", () => true);
      emit("wasm", (name) => name.endsWith("_nowasm_fallback.js") || name.startsWith("LICENSE"));
    },
  };
}
