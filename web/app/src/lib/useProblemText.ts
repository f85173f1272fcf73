import { ApiError } from "@guichet/client";
import { useTranslation } from "react-i18next";

/** Says what went wrong and what to do, in the reader's language. */
export function useProblemText(): (error: unknown) => string {
  const { t } = useTranslation();
  return (error) => {
    if (!(error instanceof ApiError)) return t("errors.other");
    const fields = (error.problem?.errors ?? []).map(({ field, message }) => `${field}: ${message}`).join("; ");
    const detail = fields || error.message;
    return t([`errors.${error.code}`, "errors.other"], { detail });
  };
}

export function needsKey(error: unknown): boolean {
  return error instanceof ApiError && (error.code === "unauthenticated" || error.code === "not_found");
}
