import type { Block } from "@guichet/client";

/** Blocks that are drawn together: one paragraph, a list, a table. */
export type Group =
  | { kind: "single"; block: Block }
  | { kind: "list"; blocks: Block[] }
  | { kind: "table"; header: string[] | null; rows: { block: Block; cells: string[] }[] };

/** A page of the document, or a handful of blocks where the format has no pages. */
export interface Section {
  /** Unique within the document. */
  key: number;
  page: number | null;
  blocks: Block[];
}

const BLOCKS_PER_SECTION = 120;

export function sections(blocks: readonly Block[]): Section[] {
  const result: Section[] = [];
  for (const block of blocks) {
    const page = block.page ?? null;
    const last = result.at(-1);
    const fits = last && last.page === page && (page !== null || last.blocks.length < BLOCKS_PER_SECTION);
    if (fits) last.blocks.push(block);
    else result.push({ key: result.length, page, blocks: [block] });
  }
  return result;
}

export function groups(blocks: readonly Block[]): Group[] {
  const result: Group[] = [];
  for (const block of blocks) {
    const last = result.at(-1);
    if (block.kind.type === "list_item") {
      if (last?.kind === "list") last.blocks.push(block);
      else result.push({ kind: "list", blocks: [block] });
    } else if (block.kind.type === "table_row") {
      const { header, cells } = row(block.text);
      if (last?.kind === "table" && same(last.header, header) && sameWidth(last.rows[0]?.cells, cells)) {
        last.rows.push({ block, cells });
      } else {
        result.push({ kind: "table", header, rows: [{ block, cells }] });
      }
    } else {
      result.push({ kind: "single", block });
    }
  }
  return result;
}

/** Reads `header: cell | header: cell`; a row where a cell has no header has none at all. */
export function row(text: string): { header: string[] | null; cells: string[] } {
  const cells = text.split(" | ");
  const pairs = cells.map((cell) => /^([^:]{1,80}): (.*)$/s.exec(cell));
  if (cells.length < 2 || pairs.some((pair) => pair === null)) return { header: null, cells };
  return { header: pairs.map((pair) => pair?.[1] ?? ""), cells: pairs.map((pair) => pair?.[2] ?? "") };
}

function same(a: string[] | null, b: string[] | null): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function sameWidth(a: string[] | undefined, b: string[]): boolean {
  return a?.length === b.length;
}
