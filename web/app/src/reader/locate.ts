/** Part of a run of text on a PDF page, as shares of the run's width. */
export interface Found {
  index: number;
  from: number;
  to: number;
}

/**
 * Finds quoted words among a page's runs of text. Extractors disagree about spaces, hyphens at line ends, ligatures
 * and table separators, so only letters and digits are compared. Nothing is marked rather than the wrong thing.
 */
export function locate(runs: readonly string[], quote: string): Found[] {
  const letters: { run: number; at: number }[] = [];
  let page = "";
  runs.forEach((text, run) => {
    Array.from(text).forEach((character, at) => {
      for (const plain of bare(character)) {
        page += plain;
        letters.push({ run, at });
      }
    });
  });
  const wanted = bare(quote);
  if (wanted.length < 4) return [];
  const start = page.indexOf(wanted);
  if (start < 0) return [];
  const found: Found[] = [];
  for (const { run, at } of letters.slice(start, start + wanted.length)) {
    const length = Array.from(runs[run] ?? "").length || 1;
    const last = found.at(-1);
    if (last?.index === run) last.to = (at + 1) / length;
    else found.push({ index: run, from: at / length, to: (at + 1) / length });
  }
  return found;
}

function bare(text: string): string {
  return text
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, "");
}
