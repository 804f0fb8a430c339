/** No view has what axe-core calls a violation, in either language and theme. */
import { expect, it } from "vitest";
import { violations } from "./look-at.ts";
import { useWeb } from "./open-web.ts";

const web = useWeb();

it.each([
  ["en-GB", "light"],
  ["zh-CN", "dark"],
] as const)("in %s, %s", async (locale, colorScheme) => {
  const page = await web.open("/", { locale, colorScheme, reducedMotion: "reduce" });
  const links = page.getByRole("navigation").getByRole("link");
  const count = await links.count();
  expect(count).toBeGreaterThan(3);
  for (let i = 0; i < count; i++) {
    await links.nth(i).click();
    // What is there before belongs to the view that goes.
    const name = (await links.nth(i).textContent()) ?? "";
    await page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
    const sample = page.locator(".sample").first();
    if (await sample.isVisible()) {
      await sample.click();
      await page.locator(".result .row button").first().waitFor();
    }
    expect([name, ...(await violations(page))]).toEqual([name]);
  }
  await page.context().close();
});
