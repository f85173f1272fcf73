import { Button, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { usePageTitle } from "../lib/usePageTitle";

export function NotFound() {
  const { t } = useTranslation();
  usePageTitle(t("app.notFoundTitle"));
  return (
    <Stack align="flex-start" maw="40rem" mx="auto" mt="xl">
      <Title order={1}>{t("app.notFoundTitle")}</Title>
      <Text>{t("app.notFoundText")}</Text>
      <Button component={Link} to="/">
        {t("app.backHome")}
      </Button>
    </Stack>
  );
}
