/** The process that looks at an evaluation's pictures, a unit at a time. It holds the last one's model. */
import type { DataRequest } from "../batch/data-work-node.ts";
import { serveRequests } from "../batch/serve-requests-node.ts";
import { AnswerMaker } from "./evaluation/answer-unit.ts";

const maker = new AnswerMaker();

serveRequests<DataRequest<"evaluation">>((request, alive) => maker.make(request, alive));
