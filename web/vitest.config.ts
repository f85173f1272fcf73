import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    environment: "jsdom",
    include: ["client/src/**/*.test.ts", "app/src/**/*.test.{ts,tsx}"],
    setupFiles: ["app/src/test-setup.ts"],
  },
});
