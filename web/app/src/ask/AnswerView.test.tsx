// @vitest-environment jsdom

import type { Answer } from "@guichet/client";
import { MantineProvider } from "@mantine/core";
import { render, screen } from "@testing-library/react";
import { MemoryRouter } from "react-router";
import { beforeAll, expect, it } from "vitest";
import { startI18n } from "../i18n";
import { AnswerView } from "./AnswerView";
import type { Turn } from "./conversation";

beforeAll(async () => {
  await startI18n();
});

const validity = { from: null, until: null, superseded_by: null };
const citation = {
  number: 1,
  chunk: "chk_1",
  document: "doc_1",
  title: "Exam regulations",
  headings: ["Late arrival"],
  page: 2,
  span: { start: 10, end: 20 },
  quote: "Thirty minutes.",
  date: null,
  validity,
  score: 0.9,
  uri: "/documents/doc_1?page=2&start=10&end=20",
};
const passage = {
  ...citation,
  collection: "policies",
  origin: "a.pdf",
  language: "en" as const,
  text: "Something near.",
};
const timings_ms = { embed: 0, retrieve: 1, answer: 1, total: 2 };

function show(turn: Partial<Turn>, answer: Partial<Answer>) {
  const base = { question: "Q", asked: "everyone", sentences: [], citations: [], passages: [], error: null };
  const whole = { language: "en", confidence: 0.9, timings_ms, abstained: false, ...answer } as Answer;
  render(
    <MantineProvider>
      <MemoryRouter>
        <AnswerView turn={{ ...base, phase: "done", ...turn, answer: whole }} onRetry={() => {}} />
      </MemoryRouter>
    </MantineProvider>,
  );
}

it("links each sentence to its passage, and says what is unknown", () => {
  show({ sentences: [{ text: "Thirty minutes.", citation: 1 }], citations: [citation] }, {});
  const marker = screen.getByRole("link", { name: "Source 1: Exam regulations, page 2" });
  expect(marker.getAttribute("href")).toBe(citation.uri);
  expect(screen.getByText("Date unknown")).toBeTruthy();
  expect(screen.getByText("Validity unknown")).toBeTruthy();
  expect(screen.getByText("Very close to your question")).toBeTruthy();
});

it("admits that it does not know, and shows what it found without praising it", () => {
  show({ passages: [passage] }, { abstained: true, reason: "not_confident" });
  expect(screen.getByRole("heading", { name: "I don’t know" })).toBeTruthy();
  expect(screen.getByText("Something near.")).toBeTruthy();
  expect(screen.queryByText("Very close to your question")).toBeNull();
});
