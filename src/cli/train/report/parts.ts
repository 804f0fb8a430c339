/** What a task adds to a report. */
import type { PictureGroup, ReportSection } from "../../../evaluate/html-page.ts";

export interface ReportParts {
  readonly groups: readonly PictureGroup[];
  readonly legend: NonNullable<ReportSection["legend"]>;
  /** Plots that only the answers to pictures give, SVG. */
  readonly drawings: readonly string[];
  /** Pictures that the worst were found among. */
  readonly looked: number;
}
