import { Button, Group } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { rulesProblemsQuery } from "~/api/identity";
import type { Rules } from "~/api/rules";
import { Words } from "~/components/Words";
import { plural } from "~/lib/format";
import classes from "./DraftBar.module.css";

/** Typing rests before the server is asked whether the rules can be used. */
const TYPING_RESTS_MS = 250;

interface DraftBarProps {
  changes: number;
  rules: Rules;
  canReview: boolean;
  onDiscard: () => void;
  onReview: () => void;
}

/** Says that a draft is not in force, what is wrong with it, and leads on. */
export function DraftBar({ changes, rules, canReview, onDiscard, onReview }: DraftBarProps) {
  const [rested] = useDebouncedValue(rules, TYPING_RESTS_MS);
  const query = useQuery(rulesProblemsQuery(rested));
  const problems = query.data ?? [];
  const isChecked = rested === rules && query.isSuccess && !query.isPlaceholderData;
  return (
    <section className={classes.bar} aria-label="Draft">
      <div className={classes.words}>
        <strong>{plural(changes, "change")} not applied</strong>
        {problems.length > 0 && (
          <ul className={classes.problems} role="alert">
            {problems.map((problem) => (
              <li key={problem}>
                <Words>{problem}</Words>
              </li>
            ))}
          </ul>
        )}
      </div>
      <Group gap="xs">
        <Button variant="default" onClick={onDiscard}>
          Discard
        </Button>
        <Button onClick={onReview} disabled={!canReview || !isChecked || problems.length > 0}>
          See what it would do
        </Button>
      </Group>
    </section>
  );
}
