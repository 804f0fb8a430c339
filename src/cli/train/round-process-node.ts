/** The process that trains shards, one at a time. It holds the session of the last run. */
import type { DataRequest } from "../../batch/data-work-node.ts";
import { serveRequests } from "../../batch/serve-requests-node.ts";
import { RoundMaker } from "./rounds/do-round.ts";

const maker = new RoundMaker();

serveRequests<DataRequest<"round">>((request, alive) => maker.make(request, alive));
