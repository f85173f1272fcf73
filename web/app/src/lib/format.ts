import type { Citation, Document, Validity } from "@guichet/client";
import type { TFunction } from "i18next";

/** A day such as `2026-09-01`, written out in the reader's language. */
export function day(date: string, language: string): string {
  const options = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" } as const;
  const at = new Date(`${date}T00:00:00Z`);
  if (language !== "fr") return new Intl.DateTimeFormat("en-GB", options).format(at);
  return new Intl.DateTimeFormat("fr-FR", options).format(at).replace(/^1 /, "1er ");
}

export function dateText(date: string | null | undefined, t: TFunction, language: string): string {
  return date ? t("facts.date", { date: day(date, language) }) : t("facts.dateUnknown");
}

export function validityText(validity: Validity, t: TFunction, language: string): string {
  const from = validity.from && day(validity.from, language);
  const until = validity.until && day(validity.until, language);
  if (from && until) return t("facts.validBetween", { from, until });
  if (from) return t("facts.validFrom", { from });
  if (until) return t("facts.validUntil", { until });
  return t("facts.validUnknown");
}

/** Where today stands to a validity. Superseded wins: there is something better to read. */
export function standing(validity: Validity, today = localDay()): "superseded" | "expired" | "future" | "current" {
  if (validity.superseded_by) return "superseded";
  if (validity.until && validity.until < today) return "expired";
  if (validity.from && validity.from > today) return "future";
  return "current";
}

/** Scores are fine-grained and mean little to a person; four words are enough. */
export function match(score: number): "strong" | "good" | "fair" | "weak" {
  if (score >= 0.75) return "strong";
  if (score >= 0.5) return "good";
  if (score >= 0.25) return "fair";
  return "weak";
}

export function confidence(value: number): "high" | "fair" | "low" {
  if (value >= 0.75) return "high";
  return value >= 0.45 ? "fair" : "low";
}

export function size(bytes: number, language: string): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  const step = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(bytes, 1)) / 3));
  const unit = units[step] ?? "byte";
  const options = { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: step > 1 ? 1 : 0 } as const;
  return new Intl.NumberFormat(language, options).format(bytes / 1000 ** step);
}

/** `everyone`, `role:…` in words; other grants as they are. */
export function audienceText(audience: Document["audience"], t: TFunction): string {
  return audience.map((grant) => t(`audience.${grant}`, { defaultValue: grant, nsSeparator: false })).join(", ");
}

/** “Title, page 3” as a person would name a place. */
export function placeText(place: Pick<Citation, "title" | "page">, t: TFunction): string {
  return place.page ? `${place.title}, ${t("facts.page", { page: place.page })}` : place.title;
}

function localDay(): string {
  const now = new Date();
  const two = (value: number) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}
