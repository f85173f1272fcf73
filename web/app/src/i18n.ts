import i18next, { type i18n } from "i18next";
import { initReactI18next } from "react-i18next";
import { en } from "./locales/en";
import { fr } from "./locales/fr";

export const LANGUAGES = ["fr", "en"] as const;
export type UiLanguage = (typeof LANGUAGES)[number];

const KEY = "guichet.language";

/** The language chosen before, or else the first of the browser's languages that we speak, or else English. */
export function firstLanguage(kept: string | null, browser: readonly string[]): UiLanguage {
  const known = (tag: string) => LANGUAGES.find((language) => tag.toLowerCase().split("-")[0] === language);
  return [kept ?? "", ...browser].map(known).find((language) => language !== undefined) ?? "en";
}

export async function startI18n(): Promise<i18n> {
  const language = firstLanguage(read(), navigator.languages ?? [navigator.language]);
  await i18next.use(initReactI18next).init({
    resources: { en: { translation: en }, fr: { translation: fr } },
    lng: language,
    fallbackLng: "en",
    interpolation: { escapeValue: false },
    returnObjects: false,
  });
  document.documentElement.lang = language;
  i18next.on("languageChanged", (chosen) => {
    document.documentElement.lang = chosen;
  });
  return i18next;
}

export function chooseLanguage(language: UiLanguage): void {
  try {
    localStorage.setItem(KEY, language);
  } catch {
    // A browser that keeps nothing still speaks the chosen language until the page closes.
  }
  void i18next.changeLanguage(language);
}

function read(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
