/** The process that trains shards, one at a time. It holds the session of the last run. */
import type { RoundRequest } from "../../batch/round-work-node.ts";
import { serveRequests } from "../../batch/serve-requests-node.ts";
import { RoundMaker } from "./rounds/do-round.ts";

const maker = new RoundMaker();

serveRequests<RoundRequest>((request, alive) => maker.make(request, alive));
