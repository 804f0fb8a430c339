/** What tests in a page begin and end with: a site, and a browser without which they are skipped. */
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { type Chromium, requireBrowser, startChromium } from "./chromium.ts";
import { type Serve, type Site, startSite } from "./site.ts";

/** Both, once the tests of a file run. */
export interface PageTests {
  readonly site: Site;
  readonly browser: Browser;
}

/**
 * Starts and ends both for the tests of a file.
 *
 * @param prepare - Makes what the site serves.
 * @param flags - Of the browser, for these tests alone.
 */
export function useSite(prepare: () => Promise<Serve>, flags?: readonly string[]): PageTests {
  let site: Site | undefined;
  let chromium: Chromium | undefined;
  beforeAll(async () => {
    site = await startSite(await prepare());
    chromium = await startChromium(flags);
  });
  beforeEach((context) => {
    requireBrowser(chromium as Chromium, context);
  });
  afterAll(async () => {
    await chromium?.browser?.close();
    site?.close();
  });
  return {
    get site() {
      return site as Site;
    },
    get browser() {
      return chromium?.browser as Browser;
    },
  };
}
