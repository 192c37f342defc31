import { Button, PasswordInput, Skeleton, Stack, TextInput } from "@mantine/core";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useForm } from "@mantine/form";
import { redeemSetup } from "~/api/actions";
import type { SetupInvitation } from "~/api/model";
import { problemFrom } from "~/api/problem";
import { sessionQuery, setupQuery } from "~/api/queries";
import { ProblemSentence, Sentence } from "~/components/Sentence";
import { Entrance } from "./Entrance";

/** The server's own minimum; said here before the server has to. */
const PASSWORD_CHARACTERS_MIN = 12;
const route = getRouteApi("/setup");

/** Where a one-time link leads: the first account of a new server, or the account of an invited person. */
export default function SetupPage() {
  const { token } = route.useSearch();
  if (!token)
    return (
      <Entrance title="This link is incomplete" text="A setup link ends in a token, and this address has none.">
        <Sentence
          tone="warn"
          reason="Open the whole link."
          remedy="The server prints it when it starts and no account exists. Copy it to its last character."
        />
      </Entrance>
    );
  return <Redeem token={token} />;
}

function Redeem({ token }: { token: string }) {
  const invitation = useQuery(setupQuery(token));
  if (invitation.isError)
    return (
      <Entrance
        title="This link no longer works"
        text="Setup links and invites work once and for a few days."
        foot={
          <>
            You have an account? <Link to="/sign-in">Sign in</Link>
          </>
        }
      >
        <ProblemSentence error={invitation.error} />
      </Entrance>
    );
  if (!invitation.data)
    return (
      <Entrance title="One moment" text="Checking the link.">
        <Skeleton height={120} />
      </Entrance>
    );
  return <AccountForm token={token} invitation={invitation.data} />;
}

function AccountForm({ token, invitation }: { token: string; invitation: SetupInvitation }) {
  const first = invitation.kind !== "invite";
  const queryClient = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({
    initialValues: { name: "", email: invitation.email ?? "", password: "", workspaceName: invitation.workspace.name },
    validate: {
      name: (name) => (name.trim() === "" ? "Say how you want to be called." : null),
      email: (email) => (/^\S+@\S+$/.test(email.trim()) ? null : "An email address looks like name@example.com."),
      password: (password) =>
        [...password].length >= PASSWORD_CHARACTERS_MIN ? null : `Use at least ${PASSWORD_CHARACTERS_MIN} characters. A few unrelated words are easy to remember.`,
      workspaceName: (name) => (first && name.trim() === "" ? "Give the workspace a name. It can be changed later." : null),
    },
  });
  const mutation = useMutation({
    mutationFn: (values: typeof form.values) =>
      redeemSetup({
        token,
        name: values.name.trim(),
        email: values.email.trim(),
        password: values.password,
        workspaceName: first ? values.workspaceName.trim() : undefined,
      }),
    onSuccess: async (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      await navigate({ to: "/" });
    },
    onError: (error) => {
      const problem = problemFrom(error);
      if (problem.field && problem.field in form.values) form.setFieldError(problem.field, problem.message);
    },
  });
  const fieldKnown = mutation.isError && Object.keys(form.errors).length > 0;

  return (
    <Entrance
      title={first ? "Create the first account" : `Join ${invitation.workspace.name}`}
      text={first ? "It owns the workspace and can invite others." : "Choose how you sign in from now on."}
    >
      <form onSubmit={form.onSubmit((values) => mutation.mutate(values))}>
        <Stack gap="md">
          {first && <TextInput label="Workspace" description="Usually your company or product." {...form.getInputProps("workspaceName")} />}
          <TextInput label="Your name" autoComplete="name" autoFocus {...form.getInputProps("name")} />
          <TextInput label="Email" type="email" autoComplete="username" {...form.getInputProps("email")} />
          <PasswordInput
            label="Password"
            description={`At least ${PASSWORD_CHARACTERS_MIN} characters.`}
            autoComplete="new-password"
            {...form.getInputProps("password")}
          />
          {mutation.isError && !fieldKnown && <ProblemSentence error={mutation.error} />}
          <Button type="submit" fullWidth loading={mutation.isPending} mt={4}>
            {first ? "Create account" : "Join workspace"}
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
