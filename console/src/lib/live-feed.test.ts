import { describe, expect, it } from "vitest";
import { arrive, catchUp, emptyFeed, hold, release } from "./live-feed";

describe("a live feed", () => {
  it("shows arrivals newest first", () => {
    expect(arrive(arrive(emptyFeed<number>(), [1, 2]), [3]).shown).toEqual([3, 2, 1]);
  });

  it("moves nothing while held and says how far behind it is", () => {
    const feed = arrive(hold(arrive(emptyFeed<number>(), [1])), [2, 3]);
    expect(feed.shown).toEqual([1]);
    expect(feed.behind).toBe(2);
  });

  it("shows everything that waited, in order, once released", () => {
    const feed = release(arrive(arrive(hold(arrive(emptyFeed<number>(), [1])), [2]), [3]));
    expect(feed).toEqual({ shown: [3, 2, 1], waiting: [], behind: 0, held: false });
  });

  it("stays held after catching up", () => {
    const feed = catchUp(arrive(hold(emptyFeed<number>()), [1]));
    expect(feed.shown).toEqual([1]);
    expect(feed.held).toBe(true);
  });

  it("stays within its bound while the count behind stays true", () => {
    let feed = hold(emptyFeed<number>());
    for (let n = 0; n < 10; n++) feed = arrive(feed, [n], 4);
    expect(feed.waiting).toEqual([9, 8, 7, 6]);
    expect(feed.behind).toBe(10);
    expect(release(feed, 4).shown).toEqual([9, 8, 7, 6]);
  });
});
