/** The page `/docs`: the description of the interface for people. It has no script; its style is known by its hash. */
import { sha256 } from "../formats/sha256.ts";
import { escapeText } from "../plot/svg.ts";
import { quote } from "../untrusted.ts";
import { fieldsOf } from "../wrong-argument.ts";
import type { JsonObject } from "./openapi.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 1rem; }
h2 { margin-top: 2.5rem; font-size: 1.2rem; }
code { font-family: ui-monospace, monospace; overflow-wrap: anywhere; }
pre { overflow: auto; padding: 0.75rem; border: 1px solid; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 0.25rem 0.75rem 0.25rem 0; }
td:first-child code { overflow-wrap: normal; }
`;

/** A page and the policy that it is sent with. */
export interface DocsPage {
  readonly html: string;
  readonly policy: string;
}

/** Makes the page of the document. */
export function docsPage(document: JsonObject): DocsPage {
  const info = fieldsOf(document["info"]);
  const operations = Object.entries(fieldsOf(document["paths"])).flatMap(([path, item]) =>
    Object.entries(fieldsOf(item)).map(([method, operation]) =>
      operationHtml(`${method.toUpperCase()} ${path}`, fieldsOf(operation)),
    ),
  );
  const schemas = fieldsOf(fieldsOf(document["components"])["schemas"]);
  const shapes = Object.entries(schemas).map(
    ([name, schema]) =>
      `<details><summary><code>${escapeText(name)}</code></summary><pre><code>${linesHtml(JSON.stringify(schema, undefined, 2))}</code></pre></details>`,
  );
  const title = `${shownText(info["title"])} ${shownText(info["version"])}`;
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${style}</style>
<main>
<h1>${title}</h1>
<p>${shownText(info["description"])} <a href="openapi.json">openapi.json</a></p>
<pre><code>${linesHtml(calls)}</code></pre>
${operations.join("\n")}
<h2>Answers</h2>
${shapes.join("\n")}
</main>
</html>
`;
  const hash = sha256(new TextEncoder().encode(style));
  const bytes = hash.replace(/../g, (pair) => String.fromCharCode(Number.parseInt(pair, 16)));
  return {
    html,
    policy: `default-src 'none'; style-src 'sha256-${btoa(bytes)}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  };
}

const calls = `curl --data-binary @photo.jpg 'http://127.0.0.1:8080/v1/classify?topK=3'
curl -F image=@a.jpg -F image=@b.jpg http://127.0.0.1:8080/v1/detect`;

function operationHtml(heading: string, operation: Readonly<Record<PropertyKey, unknown>>): string {
  const { parameters } = operation;
  const named: readonly unknown[] = Array.isArray(parameters) ? parameters : [];
  const rows = named
    .map(fieldsOf)
    .map(({ name, description, schema }) => [
      `<code>${shownText(name)}</code>`,
      shownText(description),
      `<code>${escapeText(JSON.stringify(schema))}</code>`,
    ]);
  const answers = Object.entries(fieldsOf(operation["responses"])).map(([status, answer]) => [
    `<code>${escapeText(status)}</code>`,
    shownText(fieldsOf(answer)["description"]),
  ]);
  const body = fieldsOf(operation["requestBody"])["description"];
  return [
    `<h2><code>${escapeText(heading)}</code></h2>`,
    `<p>${shownText(operation["summary"])}.</p>`,
    body === undefined ? "" : `<p>${shownText(body)}</p>`,
    tableHtml(["option", "meaning", "value"], rows),
    tableHtml(["status", "meaning"], answers),
  ].join("\n");
}

function tableHtml(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const head = heads.map((text) => `<th scope="col">${text}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>`;
}

/** Text of several lines. */
function linesHtml(text: string): string {
  return text.split("\n").map(escapeText).join("\n");
}

/** A value of the document in HTML. */
function shownText(value: unknown): string {
  return escapeText(typeof value === "string" ? value : quote(value));
}
