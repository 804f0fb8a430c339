/** Figures 2, 3 and 4 and tables 1 and 2: what is kept of them, what is drawn, what is told. */
import { describe, expect, it } from "vitest";
import { XMLValidator } from "fast-xml-parser";
