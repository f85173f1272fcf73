import type { Block, Span } from "@guichet/client";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Group, groups } from "../lib/layout";
import { overlaps, pieces } from "../lib/passage";
import classes from "./TextView.module.css";

interface BlocksProps {
  blocks: Block[];
  cited: Span | null;
}

/** The extracted text in its structure, the cited words marked. */
export function Blocks({ blocks, cited }: BlocksProps) {
  const grouped = useMemo(() => groups(blocks), [blocks]);
  const first = cited ? blocks.find((block) => overlaps(block.span, cited)) : undefined;
  const ranks = useMemo(() => headingRanks(blocks), [blocks]);
  return grouped.map((group) => (
    <GroupView key={startOf(group)} group={group} cited={cited} first={first} rank={ranks.get(startOf(group)) ?? 3} />
  ));
}

interface GroupProps {
  group: Group;
  cited: Span | null;
  /** The block that the mark with the focus stands in. */
  first: Block | undefined;
}

function GroupView({ group, cited, first, rank }: GroupProps & { rank: number }) {
  const words = (block: Block) => <Words block={block} cited={cited} isFirst={block === first} />;
  if (group.kind === "list") {
    return (
      <ul>
        {group.blocks.map((block) => (
          <li key={block.span.start}>{words(block)}</li>
        ))}
      </ul>
    );
  }
  if (group.kind === "table") return <Table group={group} cited={cited} first={first} />;
  const { kind } = group.block;
  if (kind.type === "code") return <pre>{words(group.block)}</pre>;
  if (kind.type !== "heading") return <p>{words(group.block)}</p>;
  const Heading = `h${rank}` as "h3";
  return <Heading>{words(group.block)}</Heading>;
}

function Words({ block, cited, isFirst }: { block: Block; cited: Span | null; isFirst: boolean }) {
  return pieces(block, cited).map((piece, index) =>
    piece.cited ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: at most three pieces that never move
      <Mark key={index} first={isFirst}>
        {piece.text}
      </Mark>
    ) : (
      piece.text
    ),
  );
}

function Mark({ first, children }: { first: boolean; children: React.ReactNode }) {
  const { t, i18n } = useTranslation();
  if (!first) return <mark>{children}</mark>;
  return (
    <mark data-first tabIndex={-1}>
      <span className="visually-hidden" lang={i18n.language}>
        {t("reader.cited")}{" "}
      </span>
      {children}
    </mark>
  );
}

function Table({ group, cited, first }: GroupProps & { group: Extract<Group, { kind: "table" }> }) {
  const { t } = useTranslation();
  return (
    // A wide table scrolls by keyboard too.
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for form fields
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must take the focus
    <div className={classes.table} role="group" aria-label={t("reader.tables")} tabIndex={0}>
      <table>
        {group.header && (
          <thead>
            <tr>
              {group.header.map((cell, column) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                <th key={column} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
        )}
        <tbody>
          {group.rows.map(({ block, cells }) => {
            const marked = cited !== null && overlaps(block.span, cited);
            return (
              <tr key={block.span.start} data-cited={marked || undefined}>
                {cells.map((cell, column) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: columns never move
                  <td key={column}>{marked ? <Mark first={block === first && column === 0}>{cell}</Mark> : cell}</td>
                ))}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Documents skip levels and sections begin anywhere; a page under its own h2 may not. Keyed by where they start. */
function headingRanks(blocks: readonly Block[]): Map<number, number> {
  const ranks = new Map<number, number>();
  let before = 2;
  for (const { kind, span } of blocks) {
    if (kind.type !== "heading") continue;
    before = Math.min(before + 1, kind.level + 2, 6);
    ranks.set(span.start, before);
  }
  return ranks;
}

function startOf(group: Group): number {
  if (group.kind === "single") return group.block.span.start;
  return (group.kind === "list" ? group.blocks[0] : group.rows[0]?.block)?.span.start ?? 0;
}
