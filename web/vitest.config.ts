import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    // Files that draw or need a window ask for jsdom in their first line; it is slow to start.
    environment: "node",
    include: ["client/src/**/*.test.ts", "app/src/**/*.test.{ts,tsx}"],
    setupFiles: ["app/src/test-setup.ts"],
  },
});
