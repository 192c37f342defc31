import { Button, PasswordInput, Stack, TextInput } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { signIn } from "~/api/actions";
import { sessionQuery } from "~/api/queries";
import { ProblemSentence } from "~/components/Sentence";
import { localPath } from "~/lib/local-path";
import { Entrance } from "./Entrance";

const route = getRouteApi("/sign-in");

export default function SignInPage() {
  const { next } = route.useSearch();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const queryClient = useQueryClient();
  const router = useRouter();
  const mutation = useMutation({
    mutationFn: () => signIn(email.trim(), password),
    onSuccess: (session) => {
      queryClient.setQueryData(sessionQuery.queryKey, session);
      router.history.push(localPath(next));
    },
  });

  function submit(event: FormEvent) {
    event.preventDefault();
    mutation.mutate();
  }

  return (
    <Entrance
      title="Sign in"
      text="Welcome back. Sign in to your workspace."
      foot="No account yet? A workspace owner can send you an invite. The first account is made with the setup link that the server prints when it starts."
    >
      <form onSubmit={submit}>
        <Stack gap="md">
          <TextInput
            label="Email"
            type="email"
            name="email"
            autoComplete="username"
            required
            withAsterisk={false}
            autoFocus
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
          />
          <PasswordInput
            label="Password"
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          {mutation.isError && <ProblemSentence error={mutation.error} />}
          <Button type="submit" fullWidth loading={mutation.isPending} mt={4}>
            Sign in
          </Button>
        </Stack>
      </form>
    </Entrance>
  );
}
