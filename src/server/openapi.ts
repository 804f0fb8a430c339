/**
 * The description of the interface (OpenAPI 3.1), made of what the server itself goes by: the table of
 * options, the statuses of errors, and the JSON Schemas of the types that are answered.
 */
import type { Verb } from "../tasks/task-names.ts";
import { verbs } from "./catalogue.ts";
import { pictureField } from "./form.ts";
import { queryOptions } from "./query-options.ts";
import { type ServerErrorCode, statusOfCode } from "./refusals.ts";

/** The schema of what each verb answers, and of the list of models, by the names that they are published under. */
export const schemaNames: Readonly<Record<Verb | "models", string>> = {
  classify: "classify.v1",
  detect: "detect.v1",
  segment: "serve-segment.v1",
  embed: "embed.v1",
  models: "serve-models.v1",
};

/** Part of a JSON document. */
export type JsonObject = { readonly [name: string]: unknown };

/** What the description says of this server. */
export interface Described {
  readonly version: string;
  /** JSON Schemas by the names above. */
  readonly schemas: Readonly<Record<keyof typeof schemaNames, JsonObject>>;
  /** The longest deadline of a request, in milliseconds, which is also what holds for those that name none. */
  readonly timeout: number;
  readonly maxBytes: number;
  /** Whether an API key is asked for. */
  readonly key: boolean;
}

/** What a verb is for, in a line. */
const summaries: Readonly<Record<Verb, string>> = {
  classify: "Name what pictures show, with probabilities",
  detect: "Find objects and their boxes",
  segment: "Give every pixel a class",
  embed: "Turn pictures into vectors that can be compared",
};

const reference = (schema: string): JsonObject => ({ $ref: `#/components/schemas/${schema}` });
const json = (schema: JsonObject): JsonObject => ({ "application/json": { schema } });
const componentOf: Readonly<Record<keyof typeof schemaNames, string>> = {
  classify: "Classified",
  detect: "Detected",
  segment: "Segmented",
  embed: "Embedded",
  models: "Models",
};

const errorSchema: JsonObject = {
  type: "object",
  properties: {
    error: {
      type: "object",
      properties: {
        code: { type: "string", enum: Object.keys(statusOfCode) },
        message: { type: "string", description: "What was expected, what came, what to do." },
      },
      required: ["code", "message"],
      additionalProperties: false,
    },
  },
  required: ["error"],
  additionalProperties: false,
};

const healthSchema: JsonObject = {
  type: "object",
  properties: { status: { type: "string", enum: ["ok", "starting", "stopping"] } },
  required: ["status"],
  additionalProperties: false,
};

/** The answers to failures, by status. */
function errorResponses(codes: readonly ServerErrorCode[]): JsonObject {
  const statuses = new Map<number, ServerErrorCode[]>();
  for (const code of codes) {
    const status = statusOfCode[code];
    statuses.set(status, [...(statuses.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...statuses].map(([status, own]) => [
      `${status}`,
      {
        description: own.join(", "),
        content: json(reference("Error")),
        ...((status === 429 || status === 503) && {
          headers: {
            "Retry-After": {
              description: "Seconds until another attempt is worth it.",
              schema: { type: "integer", minimum: 1 },
            },
          },
        }),
      },
    ]),
  );
}

const always: readonly ServerErrorCode[] = ["method-not-allowed", "internal"];
const keyed: readonly ServerErrorCode[] = ["unauthorized"];
const ofPictures: readonly ServerErrorCode[] = [
  "invalid-argument",
  "not-found",
  "slow-body",
  "too-large",
  "unsupported",
  "invalid-image",
  "busy",
  "worker-lost",
  "memory",
  "starting",
  "stopping",
  "deadline",
];

function queryParameter(name: string, description: string, schema: object): JsonObject {
  return { name, in: "query", required: false, description, schema };
}

function verbOperation(verb: Verb, { timeout, maxBytes, key }: Described): JsonObject {
  const binary = { description: "One picture's file." };
  const form = {
    type: "object",
    properties: {
      [pictureField]: { type: "array", items: { type: "string" }, minItems: 1 },
    },
    required: [pictureField],
    additionalProperties: false,
  };
  return {
    operationId: verb,
    summary: summaries[verb],
    parameters: [
      queryParameter("model", `A served model, by name. Default: the first that can ${verb}.`, {
        type: "string",
      }),
      ...Object.entries(queryOptions[verb]).map(([name, { description, schema }]) =>
        queryParameter(name, description, schema),
      ),
      queryParameter("timeout", "Milliseconds until an answer is of no use any more.", {
        ...{ type: "integer", minimum: 1, maximum: timeout, default: timeout },
      }),
    ],
    requestBody: {
      required: true,
      description: `One picture as the body, of whatever type it says it is, or several in a form, in fields named ${pictureField}; at most ${maxBytes} bytes.`,
      content: { "*/*": { schema: binary }, "multipart/form-data": { schema: form } },
    },
    responses: {
      200: {
        description:
          "An item for each picture, in their order. In a form, one that cannot be read has an error in place of a result.",
        content: json(reference(componentOf[verb])),
      },
      ...errorResponses([...always, ...(key ? keyed : []), ...ofPictures]),
    },
    ...(key && { security: [{ key: [] }] }),
  };
}

/** What an operation without options may have besides. */
interface PlainFacts {
  readonly codes?: readonly ServerErrorCode[];
  readonly security?: boolean;
}

function plainOperation(
  id: string,
  summary: string,
  answers: JsonObject,
  { codes = [], security = false }: PlainFacts = {},
): JsonObject {
  return {
    operationId: id,
    summary,
    responses: { ...errorResponses([...always, ...codes]), ...answers },
    ...(security && { security: [{ key: [] }] }),
  };
}

/** The document. */
export function describeServer(described: Described): JsonObject {
  const { version, schemas, key } = described;
  const health = (description: string): JsonObject => ({
    description,
    content: json(reference("Health")),
  });
  const text = (type: string, description: string): JsonObject => ({
    200: { description, content: { [type]: { schema: { type: "string" } } } },
  });
  const security = key;
  const codes = key ? keyed : [];
  return {
    openapi: "3.1.0",
    info: {
      title: "mobilenetv2",
      version,
      description:
        "Classify, detect, segment and embed pictures with MobileNetV2. No request names a file or an address: models are those that the server was started with.",
      license: { name: "MIT", identifier: "MIT" },
    },
    paths: {
      ...Object.fromEntries(
        verbs.map((verb) => [`/v1/${verb}`, { post: verbOperation(verb, described) }]),
      ),
      "/v1/models": {
        get: plainOperation(
          "models",
          "The models that are served",
          { 200: { description: "An item for each.", content: json(reference("Models")) } },
          { codes: [...codes, "starting", "stopping"], security },
        ),
      },
      "/healthz": {
        get: plainOperation("health", "Whether the process answers", { 200: health("It does.") }),
      },
      "/readyz": {
        get: plainOperation("ready", "Whether all models are loaded and warm", {
          200: health("They are."),
          503: health("Not yet, or not any more."),
        }),
      },
      "/metrics": {
        get: plainOperation(
          "metrics",
          "Figures for Prometheus",
          text("text/plain", "Its text format."),
          { codes, security },
        ),
      },
      "/openapi.json": {
        get: plainOperation("openapi", "This description", {
          200: { description: "OpenAPI 3.1.", content: json({ type: "object" }) },
        }),
      },
      "/docs": {
        get: plainOperation("docs", "This description for people", text("text/html", "A page.")),
      },
    },
    components: {
      schemas: {
        ...Object.fromEntries(
          Object.entries(componentOf).map(([name, component]) => [
            component,
            modernSchema(schemas[name as Verb]),
          ]),
        ),
        Error: errorSchema,
        Health: healthSchema,
      },
      ...(key && {
        securitySchemes: {
          key: { type: "http", scheme: "bearer", description: "MOBILENETV2_API_KEY." },
        },
      }),
    },
  };
}

/** A schema of draft 7 in the words of 2020-12, which OpenAPI 3.1 has. */
function modernSchema(schema: JsonObject): JsonObject {
  const { $schema, $id, title, ...rest } = schema;
  return modern(rest) as JsonObject;
}

function modern(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(modern);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, part]) => [name, modern(part)] as const);
  const { items, additionalItems, ...rest } = Object.fromEntries(entries);
  if (Array.isArray(items)) {
    return { ...rest, prefixItems: items, items: additionalItems ?? false };
  }
  return items === undefined ? rest : { ...rest, items };
}
