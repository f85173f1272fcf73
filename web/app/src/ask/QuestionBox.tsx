import { Button, Textarea } from "@mantine/core";
import { IconArrowRight, IconPlayerStopFilled } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import classes from "./QuestionBox.module.css";

/** Longer than any question; the server's own limit is far above. */
export const MAX_QUESTION = 2000;

interface QuestionBoxProps {
  question: string;
  busy: boolean;
  onAsk: (question: string) => void;
  onStop: () => void;
}

export function QuestionBox({ question, busy, onAsk, onStop }: QuestionBoxProps) {
  const { t } = useTranslation();
  const [text, setText] = useState(question);
  const field = useRef<HTMLTextAreaElement>(null);
  const tooLong = text.length > MAX_QUESTION;

  useEffect(() => setText(question), [question]);

  const submit = () => {
    const asked = text.trim();
    if (asked && !tooLong) onAsk(asked);
    else field.current?.focus();
  };

  return (
    <form
      className={classes.box}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <Textarea
        ref={field}
        label={t("ask.label")}
        placeholder={t("ask.placeholder")}
        classNames={{ input: classes.input, label: classes.label }}
        variant="unstyled"
        autosize
        minRows={1}
        maxRows={8}
        enterKeyHint="send"
        value={text}
        error={tooLong && t("ask.tooLong", { max: MAX_QUESTION })}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
          event.preventDefault();
          submit();
        }}
      />
      <div className={classes.foot}>
        {busy ? (
          <Button
            type="button"
            size="md"
            variant="default"
            leftSection={<IconPlayerStopFilled size={16} aria-hidden="true" />}
            onClick={onStop}
          >
            {t("ask.stop")}
          </Button>
        ) : (
          <Button type="submit" size="md" rightSection={<IconArrowRight size={18} aria-hidden="true" />}>
            {t("ask.submit")}
          </Button>
        )}
      </div>
    </form>
  );
}
