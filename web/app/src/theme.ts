import {
  type CSSVariablesResolver,
  createTheme,
  defaultVariantColorsResolver,
  type MantineColorsTuple,
} from "@mantine/core";

/** The green of a school's board. */
const board: MantineColorsTuple = [
  "#eef7f2",
  "#dcece4",
  "#b6d8c8",
  "#8cc3aa",
  "#6fb798",
  "#4a9f7e",
  "#338a69",
  "#257655",
  "#1d6a50",
  "#12503b",
];

const dark: MantineColorsTuple = [
  "#dde5e0",
  "#bcc7c1",
  "#9ba8a1",
  "#6d7a73",
  "#414e47",
  "#303b35",
  "#222c27",
  "#151d19",
  "#101613",
  "#0b100d",
];

export const theme = createTheme({
  colors: { board, dark },
  primaryColor: "board",
  primaryShade: { light: 8, dark: 4 },
  autoContrast: true,
  luminanceThreshold: 0.35,
  defaultRadius: "md",
  cursorType: "pointer",
  fontFamily:
    '-apple-system, BlinkMacSystemFont, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: { fontWeight: "700" },
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    // An empty field must be seen (3:1), not guessed.
    Input: {
      vars: (_: unknown, { error }: { error?: unknown }) => ({
        wrapper: error ? {} : { "--input-bd": "var(--line-strong)" },
      }),
    },
    // A dialog's title bar is no second banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: "none" } } } },
    Drawer: { defaultProps: { attributes: { header: { role: "none" } } } },
  },
  // Mantine picks one text colour for both schemes; our filled green is dark in one and light in the other.
  variantColorResolver: (input) => {
    const colors = defaultVariantColorsResolver(input);
    const primary =
      input.variant === "filled" && (input.color ?? input.theme.primaryColor) === input.theme.primaryColor;
    return primary ? { ...colors, color: "var(--mantine-primary-color-contrast)" } : colors;
  },
});

/** Mantine's muted greys fall short of 4.5:1 on our paper; these do not. */
export const cssVariablesResolver: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    "--mantine-primary-color-contrast": "#ffffff",
    "--mantine-color-body": "#f6f8f5",
    "--mantine-color-text": "#1c2621",
    "--mantine-color-dimmed": "#55625b",
    "--mantine-color-placeholder": "#66736c",
    "--mantine-color-error": "#b3261e",
    "--mantine-color-anchor": "#175c45",
    "--paper": "#ffffff",
    "--line": "#dbe2dc",
    "--line-strong": "#7f8d85",
    "--marker": "#ffe169",
    "--marker-ink": "#1c2621",
    "--marker-soft": "#fff5cc",
    "--tint": "#e6f0ea",
    "--warn-bg": "#fdf1d8",
    "--warn-ink": "#6b4700",
    "--bad-bg": "#fbe6e3",
    "--bad-ink": "#8f1d16",
    "--good-bg": "#dff0e7",
    "--good-ink": "#12503b",
    "--calm-bg": "#e8ecea",
    "--calm-ink": "#3f4b45",
  },
  dark: {
    "--mantine-primary-color-contrast": "#0b1a13",
    "--mantine-color-dimmed": "#a5b2ab",
    "--mantine-color-placeholder": "#93a099",
    "--mantine-color-error": "#ff9d94",
    "--mantine-color-anchor": "#8fd3b6",
    "--paper": "#1d2622",
    "--line": "#33403a",
    "--line-strong": "#7d8c84",
    "--marker": "#f2cf4a",
    "--marker-ink": "#1b1a10",
    "--marker-soft": "#4a4216",
    "--tint": "#24332c",
    "--warn-bg": "#41340f",
    "--warn-ink": "#ffdf94",
    "--bad-bg": "#4a211e",
    "--bad-ink": "#ffc4bd",
    "--good-bg": "#1f3d30",
    "--good-ink": "#a8e0c6",
    "--calm-bg": "#2c3732",
    "--calm-ink": "#c8d2cc",
  },
});
