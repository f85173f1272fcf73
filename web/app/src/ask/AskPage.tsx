import { Button } from "@mantine/core";
import { IconArrowUpRight } from "@tabler/icons-react";
import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";
import { Note } from "../layout/Note";
import { useStatus } from "../lib/api";
import { grantsOf, useSession } from "../lib/session";
import { usePageTitle } from "../lib/usePageTitle";
import { AnswerView } from "./AnswerView";
import classes from "./AskPage.module.css";
import { askNow, conversation, isBusy, useTurn } from "./conversation";
import { MAX_QUESTION, QuestionBox } from "./QuestionBox";

/** The question lives in the address, so that back, reload and sharing do what one expects. */
export function AskPage() {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const question = (params.get("q") ?? "").replace(/\s+/g, " ").trim().slice(0, MAX_QUESTION);
  const { role } = useSession();
  const kept = useTurn();
  const turn = kept?.question === question ? kept : null;
  usePageTitle(question || t("app.name"));

  useEffect(() => {
    const last = conversation.current();
    if (!question) conversation.clear();
    else if (last?.question !== question || last.asked !== grantsOf(role).join(",")) void askNow(question);
  }, [question, role]);

  const ask = (typed: string) => {
    // French sets a no-break space before a question mark; a question is asked with plain ones.
    const asked = typed.replace(/\s+/g, " ").trim();
    if (asked === question) void askNow(asked);
    else setParams({ q: asked });
  };

  return (
    <div className={question ? classes.asked : classes.fresh}>
      {question ? (
        <h1 className="visually-hidden">{t("ask.title")}</h1>
      ) : (
        <div className={classes.hero}>
          <h1 className={classes.title}>{t("ask.title")}</h1>
          <p className={classes.lead}>{t("ask.lead")}</p>
        </div>
      )}
      <QuestionBox question={question} busy={isBusy(turn)} onAsk={ask} onStop={() => conversation.stop()} />
      {question && turn && <AnswerView turn={turn} onRetry={() => void askNow(question)} />}
      <Reading />
      {!question && <Examples onAsk={ask} />}
    </div>
  );
}

function Examples({ onAsk }: { onAsk: (question: string) => void }) {
  const { t } = useTranslation();
  const examples = t("ask.list", { returnObjects: true }) as string[];
  return (
    <section aria-labelledby="examples" className={classes.examples}>
      <h2 id="examples" className={classes.small}>
        {t("ask.examples")}
      </h2>
      <ul>
        {examples.map((example) => (
          <li key={example}>
            <button type="button" onClick={() => onAsk(example)}>
              {example}
              <IconArrowUpRight size={18} stroke={1.8} aria-hidden="true" />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the answers rest on: how many documents, for whom, and whether on words alone. */
function Reading() {
  const { t } = useTranslation();
  const { data: status } = useStatus();
  const { role } = useSession();
  if (!status) return null;
  const ready = status.documents.indexed ?? 0;
  return (
    <div className={classes.reading}>
      {role !== "everyone" && <p>{t("ask.asRole", { role: t(`settings.${role}`) })}</p>}
      {ready > 0 && <p>{t("ask.corpus", { count: ready })}</p>}
      {ready === 0 && (
        <Note
          tone="warn"
          actions={
            <Button component={Link} to="/documents" size="sm" variant="default">
              {t("ask.emptyAction")}
            </Button>
          }
        >
          {t("ask.empty")}
        </Note>
      )}
      {!status.embedder && <Note tone="info">{t("ask.words")}</Note>}
    </div>
  );
}
