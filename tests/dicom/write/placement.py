# SPDX-License-Identifier: Apache-2.0
"""Where the pixels of a Segmentation or a Parametric Map lie, by pydicom and the standard alone.

    placement.py FILE...

Prints a line for each marked pixel of a Segmentation ("SEGMENT X Y Z") and for each pixel of a
Parametric Map ("VALUE X Y Z"): the centre in mm (LPS) by PS3.3 C.7.6.2.1.1 from the functional
groups of its frame, values with all digits of a 32-bit float. A line that names the frame of
reference goes before those of each file. Needs no numpy.
"""
import struct
import sys

import pydicom


def group(dataset, frame, name):
    """A functional group of one frame: its own, else the shared one (PS3.3 C.7.6.16)."""
    own = dataset.PerFrameFunctionalGroupsSequence[frame]
    shared = dataset.SharedFunctionalGroupsSequence[0]
    for groups in (own, shared):
        if name in groups:
            return groups[name].value[0]
    raise SystemExit(f"frame {frame} has no {name}")


def placement(dataset, frame):
    """A function (row, column) -> centre of the pixel."""
    plane = group(dataset, frame, "PlanePositionSequence")
    position = [float(v) for v in plane.ImagePositionPatient]
    orientation = group(dataset, frame, "PlaneOrientationSequence")
    cosines = [float(v) for v in orientation.ImageOrientationPatient]
    measures = group(dataset, frame, "PixelMeasuresSequence")
    between_rows, between_columns = (float(v) for v in measures.PixelSpacing)

    def point(row, column):
        along_row, along_column = between_columns * column, between_rows * row
        return [
            position[c] + cosines[c] * along_row + cosines[3 + c] * along_column
            for c in range(3)
        ]

    return point


def segmentation(dataset):
    """Marked pixels: bits run on from frame to frame, the lowest of a byte first (PS3.5 8.1.1)."""
    size = dataset.Rows * dataset.Columns
    for frame in range(int(dataset.NumberOfFrames)):
        segment = group(dataset, frame, "SegmentIdentificationSequence").ReferencedSegmentNumber
        point = placement(dataset, frame)
        for n in range(size):
            bit = frame * size + n
            if dataset.PixelData[bit // 8] >> (bit % 8) & 1:
                yield str(segment), point(n // dataset.Columns, n % dataset.Columns)


def parametric_map(dataset):
    """All pixels, with their stored values; a slope of 1 and an intercept of 0 is checked."""
    size = dataset.Rows * dataset.Columns
    count = size * int(dataset.NumberOfFrames)
    values = struct.unpack(f"<{count}f", dataset[0x7FE00008].value[: 4 * count])
    for frame in range(int(dataset.NumberOfFrames)):
        mapping = group(dataset, frame, "RealWorldValueMappingSequence")
        if (mapping.RealWorldValueSlope, mapping.RealWorldValueIntercept) != (1, 0):
            raise SystemExit("stored values are not real-world values")
        point = placement(dataset, frame)
        for n in range(size):
            yield f"{values[frame * size + n]:.9g}", point(n // dataset.Columns, n % dataset.Columns)


def main():
    for file in sys.argv[1:]:
        dataset = pydicom.dcmread(file)
        print(dataset.FrameOfReferenceUID)
        pixels = segmentation(dataset) if dataset.Modality == "SEG" else parametric_map(dataset)
        for word, (x, y, z) in pixels:
            print(f"{word} {x:.9g} {y:.9g} {z:.9g}")


main()
