// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <filesystem>
#include <string>

#include "tests/fixtures/dicom_builder.hpp"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
        return 2;
    }
    using namespace iqt::fixtures;
    const iqt::Volume volume = pattern(slab(Plane::Axial));
    SeriesRecipe recipe;
    recipe.slices = {0};
    write_files(std::filesystem::path(argv[1]) / "classic", classic_mr(volume, recipe));
    recipe.slices.clear();
    write_files(std::filesystem::path(argv[1]) / "enhanced", {enhanced_mr(volume, recipe)});
    return 0;
}
