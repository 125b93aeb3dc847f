// SPDX-License-Identifier: Apache-2.0
// Stands in for lathe-worker where no LibTorch is: writes a run folder at a given rate, answers on its socket, says "word " forty
// times to every prompt.
#pragma once

#include <string>
#include <vector>

/// `job FOLDER …` (training.steps steps of 1 ms) or `serve-model --socket S …`.
int fakeWorkerMain(const std::vector<std::string>& arguments);
