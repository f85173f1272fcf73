import { type AnswerEvent, ApiError, type Citation } from "@guichet/client";
import { describe, expect, it } from "vitest";
import { Conversation } from "./conversation";

const citation = { number: 1, chunk: "chk_1" } as Citation;

describe("Conversation", () => {
  it("grows with each event and counts a source once", async () => {
    const phases: string[] = [];
    const events: AnswerEvent[] = [
      { type: "retrieval", passages: [] },
      { type: "sentence", text: "One.", citation },
      { type: "sentence", text: "Two.", citation },
    ];
    const talk = new Conversation(async function* () {
      yield* events;
    });
    talk.subscribe(() => phases.push(talk.current()?.phase ?? "none"));
    await talk.ask("Q", ["everyone"]);
    expect(phases).toEqual(["searching", "answering", "answering", "answering"]);
    expect(talk.current()?.sentences.map(({ text }) => text)).toEqual(["One.", "Two."]);
    expect(talk.current()?.citations).toHaveLength(1);
  });

  it("keeps a failure, and calls a broken connection offline", async () => {
    const failing = async (error: unknown) => {
      // biome-ignore lint/correctness/useYield: it fails before its first event
      const talk = new Conversation(async function* () {
        throw error;
      });
      await talk.ask("Q", []);
      return talk.current();
    };
    const busy = new ApiError("too_many_requests", 429, "busy");
    expect(await failing(busy)).toMatchObject({ phase: "failed", error: busy });
    expect(await failing(new TypeError("network error"))).toMatchObject({ error: { code: "offline" } });
  });

  it("stops on demand, and a new question silences the one before", async () => {
    let release = () => {};
    const talk = new Conversation(async function* (question) {
      if (question === "slow") await new Promise<void>((resolve) => (release = resolve));
      yield { type: "sentence", text: question, citation };
    });
    const slow = talk.ask("slow", []);
    talk.stop();
    expect(talk.current()?.phase).toBe("stopped");
    await talk.ask("fast", []);
    release();
    await slow;
    expect(talk.current()).toMatchObject({ question: "fast", sentences: [{ text: "fast" }] });
  });
});
