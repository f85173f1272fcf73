import { Button, Stack, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";

/** Shown when a page throws; its chunk may have changed under a long-open tab. */
export function Crash() {
  const { t } = useTranslation();
  return (
    <Stack component="main" align="flex-start" maw="40rem" mx="auto" p="xl" role="alert">
      <Title order={1} size="h2">
        {t("errors.crash")}
      </Title>
      <Button onClick={() => location.reload()}>{t("errors.reload")}</Button>
    </Stack>
  );
}
