import {
  Button,
  Drawer,
  Group,
  type MantineColorScheme,
  PasswordInput,
  Radio,
  SegmentedControl,
  Stack,
  Text,
  useMantineColorScheme,
} from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { chooseLanguage, type UiLanguage } from "../i18n";
import { queries } from "../lib/api";
import { changeSession, type Role, useSession } from "../lib/session";

/** Key, reader, language and appearance. */
export function Settings({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer
      opened={opened}
      onClose={onClose}
      position="right"
      size="25rem"
      title={t("settings.title")}
      closeButtonProps={{ "aria-label": t("app.close"), size: "lg" }}
      styles={{ title: { fontWeight: 700, fontSize: "1.25rem" } }}
    >
      <Stack gap="xl">
        <Appearance />
        <Key />
        <ReadAs />
      </Stack>
    </Drawer>
  );
}

function Appearance() {
  const { t, i18n } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const schemes = (["light", "dark", "auto"] as const).map((value) => ({ value, label: t(`settings.${value}`) }));
  return (
    <>
      <Field label={t("settings.language")}>
        <SegmentedControl
          fullWidth
          aria-label={t("settings.language")}
          value={i18n.language}
          onChange={(value) => chooseLanguage(value as UiLanguage)}
          data={[
            { value: "fr", label: <span lang="fr">Français</span> },
            { value: "en", label: <span lang="en">English</span> },
          ]}
        />
      </Field>
      <Field label={t("settings.scheme")}>
        <SegmentedControl
          fullWidth
          aria-label={t("settings.scheme")}
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
          data={schemes}
        />
      </Field>
    </>
  );
}

function Key() {
  const { t } = useTranslation();
  const { token } = useSession();
  const [draft, setDraft] = useState("");
  const use = (key: string | null) => {
    changeSession({ token: key });
    setDraft("");
    void queries.invalidateQueries();
  };
  if (token) {
    return (
      <Field label={t("settings.key")}>
        <Text size="sm">{t("settings.keyActive")}</Text>
        <Button variant="default" onClick={() => use(null)}>
          {t("settings.keyForget")}
        </Button>
      </Field>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (draft.trim()) use(draft.trim());
      }}
    >
      <Stack gap="xs">
        <PasswordInput
          label={t("settings.key")}
          description={t("settings.keyHint")}
          autoComplete="off"
          value={draft}
          onChange={(event) => setDraft(event.currentTarget.value)}
        />
        <Button type="submit" disabled={!draft.trim()}>
          {t("settings.keySave")}
        </Button>
      </Stack>
    </form>
  );
}

function ReadAs() {
  const { t } = useTranslation();
  const { token, role } = useSession();
  const roles: Role[] = ["everyone", "student", "staff"];
  return (
    <Radio.Group
      label={t("settings.readAs")}
      description={token ? t("settings.readAsHint") : t("settings.readAsNeedsKey")}
      value={role}
      onChange={(value) => changeSession({ role: value as Role })}
    >
      <Group mt="sm" gap="lg">
        {roles.map((value) => (
          <Radio key={value} value={value} label={t(`settings.${value}`)} disabled={!token && value !== "everyone"} />
        ))}
      </Group>
    </Radio.Group>
  );
}

function Field({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <Stack gap={6}>
      <Text size="sm" fw={500} aria-hidden="true">
        {label}
      </Text>
      {children}
    </Stack>
  );
}
