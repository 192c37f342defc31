import { type UseQueryResult, useQueries } from "@tanstack/react-query";
import { breakdownQuery, deliveryOverviewQuery, deliverySummaryQuery, discardsQuery } from "~/api/delivery";
import { DELIVERY_STEPS, type DeliverySummary, type Dimension, type Discard } from "~/api/delivery-model";
import type { DeliverySpan } from "~/api/delivery-range";
import type { Destination } from "~/api/model";
import type { Asked } from "~/components/QueryView";
import type { BreakdownCounts } from "./breakdown";
import type { StepCounts } from "./delivery-sums";

/** The answers in the order of the questions, once all of them are there. */
function together<T>(results: UseQueryResult<T>[]): Asked<T[]> {
  const failed = results.find((result) => result.isError && result.data === undefined);
  return {
    data: results.every((result) => result.data !== undefined) ? results.map((result) => result.data as T) : undefined,
    isError: failed !== undefined,
    error: failed?.error ?? null,
    isFetching: results.some((result) => result.isFetching),
    refetch: () => results.map((result) => result.refetch()),
  };
}

export const useSummaries = (destinations: Destination[], span: DeliverySpan): Asked<DeliverySummary[]> =>
  useQueries({ queries: destinations.map((each) => deliverySummaryQuery(each, span)), combine: together<DeliverySummary> });

/** Every step of every destination. */
export const useStepCounts = (destinations: Destination[], span: DeliverySpan): Asked<StepCounts[]> =>
  useQueries({
    queries: destinations.flatMap((each) => DELIVERY_STEPS.map((step) => deliveryOverviewQuery(each, span, step))),
    combine: together<StepCounts>,
  });

/** The same taken apart by a dimension, with the time before. */
export const useBreakdown = (destinations: Destination[], span: DeliverySpan, by: Dimension): Asked<BreakdownCounts[]> =>
  useQueries({
    queries: destinations.flatMap((each) => DELIVERY_STEPS.map((step) => breakdownQuery(each, span, step, by))),
    combine: together<BreakdownCounts>,
  });

export const useDiscards = (destinations: Destination[], span: DeliverySpan): Asked<Discard[][]> =>
  useQueries({ queries: destinations.map((each) => discardsQuery(each, span)), combine: together<Discard[]> });
