import { Button } from "@mantine/core";
import { type ErrorComponentProps, useRouter } from "@tanstack/react-router";
import { ProblemSentence } from "~/components/Sentence";

/** A page that could not be shown, with the reason and a way to try again. */
export function RouteProblem({ error, reset }: ErrorComponentProps) {
  const router = useRouter();
  return (
    <main style={{ maxWidth: 640, margin: "0 auto", padding: "48px 20px" }}>
      <h1 className="visually-hidden">This page could not be shown</h1>
      <ProblemSentence
        error={error}
        action={
          <Button
            size="compact-sm"
            variant="default"
            onClick={() => {
              reset();
              void router.invalidate();
            }}
          >
            Try again
          </Button>
        }
      />
    </main>
  );
}
