import type { Document } from "@guichet/client";
import { Button, Group, Modal, Text } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

interface DeleteDialogProps {
  document: Document | null;
  onCancel: () => void;
  onConfirm: (document: Document) => void;
}

export function DeleteDialog({ document, onCancel, onConfirm }: DeleteDialogProps) {
  const { t } = useTranslation();
  // The title stays while the dialog fades.
  const [shown, setShown] = useState(document);
  useEffect(() => {
    if (document) setShown(document);
  }, [document]);
  return (
    <Modal
      opened={document !== null}
      onClose={onCancel}
      centered
      title={t("documents.deleteTitle")}
      closeButtonProps={{ "aria-label": t("app.close") }}
      styles={{ title: { fontWeight: 700, fontSize: "1.15rem" } }}
    >
      <Text>{t("documents.deleteText", { title: shown?.title })}</Text>
      <Group justify="flex-end" mt="lg">
        <Button variant="default" data-autofocus onClick={onCancel}>
          {t("documents.cancel")}
        </Button>
        <Button color="red.9" autoContrast onClick={() => document && onConfirm(document)}>
          {t("documents.deleteConfirm")}
        </Button>
      </Group>
    </Modal>
  );
}
