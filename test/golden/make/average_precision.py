"""Random pictures with boxes, and what COCO's own tools (pycocotools) say of them.

pip install pycocotools && python average_precision.py
"""

import contextlib
import io
import json
import pathlib
import random

from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

CLASSES = 4
PICTURES = 24


def scene(seed, grid):
    """On a grid, equal scores and overlaps are frequent; off it, nothing is equal."""
    rng = random.Random(seed)

    def box():
        if grid:
            return [rng.randrange(8) * 16, rng.randrange(8) * 16, rng.randrange(1, 10) * 16, rng.randrange(1, 10) * 16]
        return [round(value, 1) for value in (rng.random() * 300, rng.random() * 300, 5 + rng.random() * 250, 5 + rng.random() * 250)]

    def moved(edges):
        shift = (lambda: rng.choice([0, 0, 16, -16])) if grid else (lambda: round(rng.gauss(0, 6), 1))
        x, y, width, height = (round(edge + shift(), 1) for edge in edges)
        return [x, y, max(1, width), max(1, height)]

    images, annotations, detections = [], [], []
    for image in range(1, PICTURES + 1):
        images.append({"id": image, "file_name": f"{image}.jpg"})
        for _ in range(rng.randrange(6)):
            edges, category = box(), rng.randrange(1, CLASSES + 1)
            annotations.append({
                "id": len(annotations) + 1, "image_id": image, "category_id": category, "bbox": edges,
                "area": round(edges[2] * edges[3] * (1 if grid else 0.6)), "iscrowd": int(rng.random() < 0.2),
            })
            if rng.random() < 0.8:
                detections.append({"image_id": image, "category_id": category, "bbox": moved(edges), "score": round(rng.random(), 1 if grid else 3)})
        # One picture has more detections of one class than count.
        for _ in range(120 if image == PICTURES else rng.randrange(5)):
            category = 1 if image == PICTURES else rng.randrange(1, CLASSES + 1)
            detections.append({"image_id": image, "category_id": category, "bbox": box(), "score": round(rng.random() * 0.8, 1 if grid else 3)})
    # The last category has no objects.
    categories = [{"id": id, "name": f"kind {id}"} for id in range(1, CLASSES + 2)]
    return {"images": images, "annotations": annotations, "categories": categories}, detections


def judge(dataset, detections):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {**dataset, "info": {}}
        truth.createIndex()
        evaluation = COCOeval(truth, truth.loadRes([dict(one) for one in detections]), "bbox")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    names = ["ap", "ap50", "ap75", "apSmall", "apMedium", "apLarge", None, None, "averageRecall"]
    return {name: float(value) for name, value in zip(names, evaluation.stats) if name}


scenes = []
for seed, grid in [(1, True), (2, False)]:
    dataset, detections = scene(seed, grid)
    scenes.append({"dataset": json.loads(json.dumps(dataset)), "detections": detections, "figures": judge(dataset, detections)})
path = pathlib.Path(__file__).parent.parent / "average-precision.json"
path.write_text(json.dumps(scenes, separators=(",", ":")) + "\n")
