/** What tests of the web app look at and do in a page. */
import axe from "axe-core";
import type { Locator, Page } from "playwright-core";

/** Numbers in cells, as they are and not as they are written. */
export async function numbersIn(row: Locator): Promise<readonly number[]> {
  const values = row.locator("data");
  return await values.evaluateAll((all) => all.map((one) => Number(one.getAttribute("value"))));
}

/** What a part of the page says to those who hear it. */
export function said(page: Page): Locator {
  return page.locator(".said");
}

/** Moves a slider. */
export async function slide(page: Page, label: RegExp, value: number): Promise<void> {
  await page.getByRole("slider", { name: label }).fill(`${value}`);
}

/** What breaks the rules of accessible pages, in words. */
export async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(async () => {
    const { axe: rules } = globalThis as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const found = (await rules.run()).violations;
    return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  });
}
