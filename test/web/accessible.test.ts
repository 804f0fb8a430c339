/** No view has what axe-core calls a violation, in either language and theme. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type axe from "axe-core";
import { expect, it } from "vitest";
import { useWeb } from "./open-web.ts";

const script = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const web = useWeb();

it.each([
  ["en-GB", "light"],
  ["zh-CN", "dark"],
] as const)("in %s, %s", async (locale, colorScheme) => {
  const page = await web.open("/", { locale, colorScheme, reducedMotion: "reduce" });
  await page.evaluate(script);
  const links = page.getByRole("navigation").getByRole("link");
  const count = await links.count();
  expect(count).toBeGreaterThan(3);
  for (let i = 0; i < count; i++) {
    await links.nth(i).click();
    const sample = page.locator(".sample").first();
    if (await sample.isVisible()) {
      await sample.click();
      await page.locator(".result .row button").first().waitFor();
    }
    const { violations } = await page.evaluate(() =>
      (globalThis as unknown as { axe: typeof axe }).axe.run(),
    );
    const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
    expect(told, (await links.nth(i).textContent()) ?? "").toEqual([]);
  }
  await page.context().close();
});
