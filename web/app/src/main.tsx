import "@mantine/core/styles.css";
import "./styles.css";
import { localStorageColorSchemeManager, MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./App";
import { startI18n } from "./i18n";
import { queries } from "./lib/api";
import { startSession } from "./lib/session";
import { cssVariablesResolver, theme } from "./theme";

startSession();
const colors = localStorageColorSchemeManager({ key: "guichet.colors" });
const root = document.getElementById("root");

void startI18n().then(() => {
  if (!root) return;
  createRoot(root).render(
    <StrictMode>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariablesResolver}
        colorSchemeManager={colors}
        defaultColorScheme="auto"
      >
        <QueryClientProvider client={queries}>
          <App />
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
});
