import { Button, CopyButton, Skeleton } from "@mantine/core";
import { IconCheck, IconCopy, IconMoodPuzzled } from "@tabler/icons-react";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorNote, Note } from "../layout/Note";
import { confidence } from "../lib/format";
import classes from "./AnswerView.module.css";
import { isBusy, type Turn } from "./conversation";
import { copyText, paragraphs } from "./prose";
import { RowsView, SentenceView } from "./SentenceView";
import { CitationCard, PassageCard } from "./SourceCard";

/** Everything about one question: progress, answer or abstention, and what it rests on. */
export function AnswerView({ turn, onRetry }: { turn: Turn; onRetry: () => void }) {
  const { t } = useTranslation();
  const [pointed, setPointed] = useState<number | null>(null);
  const abstained = turn.answer?.abstained ?? false;
  const cited = new Set(turn.citations.map(({ chunk }) => chunk));
  const others = turn.passages.filter(({ chunk }) => !cited.has(chunk));
  const language = turn.answer?.language === "other" ? undefined : turn.answer?.language;
  const answered = turn.sentences.length > 0;

  return (
    <div className={answered ? classes.columns : classes.column} data-phase={turn.phase}>
      <Announcement turn={turn} />
      <section className={classes.answer} aria-labelledby="answer" aria-busy={isBusy(turn)}>
        <h2 id="answer" className={answered ? classes.heading : "visually-hidden"}>
          {t("ask.answer")}
        </h2>
        {turn.phase === "failed" && <ErrorNote error={turn.error} onRetry={onRetry} />}
        {turn.phase === "stopped" && <Note tone="info">{t("ask.stopped")}</Note>}
        {abstained && <Abstained turn={turn} />}
        {!answered && isBusy(turn) && <Waiting turn={turn} />}
        <div aria-live="polite">
          {paragraphs(turn.sentences, turn.citations).map((paragraph) => (
            <div key={paragraph.key} className={classes.paragraph} lang={language}>
              {paragraph.header && paragraph.sentences.length > 1 ? (
                <RowsView paragraph={paragraph} onPoint={setPointed} />
              ) : (
                paragraph.sentences.map(({ key, text, citation }) => (
                  <SentenceView key={key} text={text} citation={citation} onPoint={setPointed} />
                ))
              )}
            </div>
          ))}
        </div>
        {turn.phase === "done" && answered && <Foot turn={turn} />}
      </section>
      {answered && (
        <section className={classes.sources} aria-labelledby="sources">
          <h2 id="sources" className={classes.heading}>
            {t("ask.sources")}
          </h2>
          <ol>
            {turn.citations.map((citation) => (
              <li key={citation.number}>
                <CitationCard citation={citation} pointed={pointed === citation.number} />
              </li>
            ))}
          </ol>
          {turn.phase === "done" && others.length > 0 && (
            <details className={classes.others}>
              <summary>{t("ask.others", { count: others.length })}</summary>
              <ol>
                {others.map((passage) => (
                  <li key={passage.chunk}>
                    <PassageCard passage={passage} />
                  </li>
                ))}
              </ol>
            </details>
          )}
        </section>
      )}
    </div>
  );
}

/** Tells a screen reader how far the answer is; the answer's own words are read as they come. */
function Announcement({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const texts: Record<Turn["phase"], string> = {
    searching: t("ask.searching"),
    answering: t("ask.answering"),
    done: turn.answer?.abstained ? t("ask.readyNone") : t("ask.ready", { count: turn.citations.length }),
    stopped: t("ask.stopped"),
    failed: "",
  };
  return (
    <div role="status" className="visually-hidden">
      {texts[turn.phase]}
    </div>
  );
}

function Waiting({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  return (
    <div aria-hidden="true" className={classes.waiting}>
      <p>{turn.phase === "searching" ? t("ask.searching") : t("ask.answering")}</p>
      <Skeleton height={14} width="92%" />
      <Skeleton height={14} width="98%" />
      <Skeleton height={14} width="60%" />
    </div>
  );
}

function Abstained({ turn }: { turn: Turn }) {
  const { t } = useTranslation();
  const reason = turn.answer?.reason ?? "not_confident";
  return (
    <>
      <div className={classes.unknown}>
        <IconMoodPuzzled size={34} stroke={1.4} aria-hidden="true" />
        <div>
          <h3>{t("ask.abstain.title")}</h3>
          <p>{t(`ask.abstain.${reason}`)}</p>
          <p>{t("ask.abstain.advice")}</p>
        </div>
      </div>
      {turn.passages.length > 0 && (
        <div className={classes.sources}>
          <h3 className={classes.heading}>{t("ask.abstain.look")}</h3>
          <p className={classes.hint}>{t("ask.abstain.lookHint")}</p>
          <ol>
            {turn.passages.slice(0, 5).map((passage) => (
              <li key={passage.chunk}>
                <PassageCard passage={passage} />
              </li>
            ))}
          </ol>
        </div>
      )}
    </>
  );
}

function Foot({ turn }: { turn: Turn }) {
  const { t, i18n } = useTranslation();
  if (!turn.answer) return null;
  const seconds = new Intl.NumberFormat(i18n.language, { maximumFractionDigits: 2 });
  return (
    <div className={classes.foot}>
      <p>
        {t("ask.composed")} {t(`ask.confidence.${confidence(turn.answer.confidence)}`)}
        {" · "}
        {t("ask.took", { seconds: seconds.format(turn.answer.timings_ms.total / 1000) })}
      </p>
      <CopyButton value={copyText(turn.sentences, turn.citations, location.origin)}>
        {({ copied, copy }) => (
          <Button
            size="sm"
            variant="default"
            onClick={copy}
            leftSection={
              copied ? <IconCheck size={16} aria-hidden="true" /> : <IconCopy size={16} aria-hidden="true" />
            }
          >
            <span aria-live="polite">{copied ? t("ask.copied") : t("ask.copy")}</span>
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
