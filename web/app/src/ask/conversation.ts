import { type Answer, type AnswerEvent, ApiError, type Citation, type Passage } from "@guichet/client";
import { useSyncExternalStore } from "react";
import { api } from "../lib/api";
import { currentSession, grantsOf } from "../lib/session";

export interface Sentence {
  text: string;
  citation: number;
}

/** One question and what came of it, growing while the server speaks. */
export interface Turn {
  question: string;
  /** The grants it was asked with, so that a change of reader asks again. */
  asked: string;
  phase: "searching" | "answering" | "done" | "stopped" | "failed";
  passages: Passage[];
  sentences: Sentence[];
  citations: Citation[];
  answer: Answer | null;
  error: unknown;
}

type Asker = (question: string, grants: string[], signal: AbortSignal) => AsyncIterable<AnswerEvent>;

/** Outlives the page, so that coming back from a source shows the answer again at once. */
export class Conversation {
  private turn: Turn | null = null;
  private running: AbortController | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(private readonly asker: Asker) {}

  readonly current = (): Turn | null => this.turn;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  async ask(question: string, grants: string[]): Promise<void> {
    this.running?.abort();
    const running = new AbortController();
    this.running = running;
    const asked = grants.join(",");
    const empty = { passages: [], sentences: [], citations: [], answer: null, error: null };
    this.set({ question, asked, phase: "searching", ...empty });
    try {
      for await (const event of this.asker(question, grants, running.signal)) {
        if (running.signal.aborted) return;
        this.heard(event);
      }
    } catch (error) {
      if (running.signal.aborted) return;
      this.change({ phase: "failed", error: error instanceof ApiError ? error : ApiError.offline(error) });
    }
  }

  stop(): void {
    if (!this.running || !isBusy(this.turn)) return;
    this.running.abort();
    this.change({ phase: "stopped" });
  }

  clear(): void {
    this.running?.abort();
    this.set(null);
  }

  private heard(event: AnswerEvent): void {
    if (!this.turn) return;
    if (event.type === "retrieval") this.change({ phase: "answering", passages: event.passages });
    if (event.type === "sentence") {
      const { sentences, citations } = this.turn;
      const known = citations.some(({ number }) => number === event.citation.number);
      this.change({
        phase: "answering",
        sentences: [...sentences, { text: event.text, citation: event.citation.number }],
        citations: known ? citations : [...citations, event.citation],
      });
    }
    if (event.type === "done") {
      const { sentences, citations, passages } = event.answer;
      this.change({ phase: "done", answer: event.answer, sentences, citations, passages });
    }
  }

  private change(change: Partial<Turn>): void {
    if (this.turn) this.set({ ...this.turn, ...change });
  }

  private set(turn: Turn | null): void {
    this.turn = turn;
    for (const listener of this.listeners) listener();
  }
}

export function isBusy(turn: Turn | null): boolean {
  return turn?.phase === "searching" || turn?.phase === "answering";
}

export const conversation = new Conversation((question, grants, signal) => api.ask(question, grants, signal));

export function useTurn(): Turn | null {
  return useSyncExternalStore(conversation.subscribe, conversation.current);
}

export function askNow(question: string): Promise<void> {
  return conversation.ask(question, grantsOf(currentSession().role));
}
