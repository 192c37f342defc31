import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { updateAccount } from "~/api/actions";
import { sessionQuery } from "~/api/queries";
import { useSession } from "~/app/use-session";
import { notifyDone } from "~/components/notify";
import { Page } from "~/components/Page";
import { Panel } from "~/components/Panel";
import { ProblemSentence } from "~/components/Sentence";

export default function AccountPage() {
  const { account } = useSession();
  return (
    <Page title="Your account" description={`${account.email}, ${account.role}.`}>
      <NameForm name={account.name} />
      <PasswordForm email={account.email} />
    </Page>
  );
}

function NameForm({ name: known }: { name: string }) {
  const queryClient = useQueryClient();
  const [name, setName] = useState(known);
  const mutation = useMutation({
    mutationFn: () => updateAccount({ name: name.trim() }),
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      notifyDone("Saved.");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    mutation.mutate();
  };
  return (
    <Panel title="Name">
      <form onSubmit={submit}>
        <Stack gap="md" maw={480} align="flex-start">
          <TextInput label="Your name" w="100%" autoComplete="name" value={name} onChange={(event) => setName(event.currentTarget.value)} />
          {mutation.isError && <ProblemSentence error={mutation.error} />}
          <Button type="submit" loading={mutation.isPending} disabled={name.trim() === "" || name.trim() === known}>
            Save
          </Button>
        </Stack>
      </form>
    </Panel>
  );
}

function PasswordForm({ email }: { email: string }) {
  const form = useForm({
    initialValues: { currentPassword: "", newPassword: "" },
    validate: {
      currentPassword: (password) => (password === "" ? "Type the password you sign in with now." : null),
      newPassword: (password) => ([...password].length >= 12 ? null : "Use at least 12 characters."),
    },
  });
  const mutation = useMutation({
    mutationFn: () => updateAccount(form.values),
    onSuccess: () => {
      form.reset();
      notifyDone("Your password is changed.");
    },
  });
  return (
    <Panel title="Password">
      <form onSubmit={form.onSubmit(() => mutation.mutate())}>
        <Stack gap="md" maw={480} align="flex-start">
          <input type="email" autoComplete="username" value={email} readOnly hidden />
          <PasswordInput label="Current password" w="100%" autoComplete="current-password" {...form.getInputProps("currentPassword")} />
          <PasswordInput label="New password" w="100%" description="At least 12 characters." autoComplete="new-password" {...form.getInputProps("newPassword")} />
          {mutation.isError && <ProblemSentence error={mutation.error} />}
          <Button type="submit" loading={mutation.isPending}>
            Change password
          </Button>
        </Stack>
      </form>
    </Panel>
  );
}
