// SPDX-License-Identifier: Apache-2.0
#include "core/engine/data_works.h"

#include "core/base/error.h"

namespace lathe::engine {
namespace {

constexpr size_t kWorksKept = 16; // the oldest are forgotten, as long as they are over

bool isOver(const api::DataWorkState& state) { return state.state != "waiting" && state.state != "working"; }

} // namespace

DataWorks::~DataWorks() {
  std::scoped_lock lock(m_mutex);
  for (auto& [id, work] : m_works)
    work->stop.request_stop();
}

std::shared_ptr<DataWorks::Work> DataWorks::find(int64_t work) const {
  std::scoped_lock lock(m_mutex);
  const auto found = m_works.find(work);
  if (found == m_works.end())
    throw Exception(ErrorKind::NotFound, "This work is over and forgotten. Start it again.");
  return found->second;
}

int64_t DataWorks::start(Task task) {
  auto work = std::make_shared<Work>();
  int64_t id = 0;
  {
    std::scoped_lock lock(m_mutex);
    for (auto old = m_works.begin(); old != m_works.end() && m_works.size() >= kWorksKept;) {
      const bool over = [&] {
        std::scoped_lock state(old->second->mutex);
        return isOver(old->second->state);
      }();
      old = over ? m_works.erase(old) : std::next(old);
    }
    id = m_next++;
    m_works[id] = work;
  }
  m_thread.post("", [work, task = std::move(task)](std::stop_token ending) { run(*work, task, std::move(ending)); });
  return id;
}

void DataWorks::run(Work& work, const Task& task, std::stop_token ending) {
  const std::stop_callback forward(ending, [&work] { work.stop.request_stop(); });
  {
    std::scoped_lock lock(work.mutex);
    if (work.stop.stop_requested())
      return;
    work.state.state = "working";
  }
  const auto result = capture([&] {
    return task([&work](const std::string& what, double share) {
      std::scoped_lock lock(work.mutex);
      work.state.what = what;
      work.state.share = share;
    }, work.stop.get_token());
  });
  std::scoped_lock lock(work.mutex);
  if (work.stop.stop_requested())
    return;
  work.state.state = result.ok() ? "done" : "failed";
  if (result.ok())
    work.state.result = *result;
  else
    work.state.error = result.error().message;
}

api::DataWorkState DataWorks::state(int64_t id) const {
  const auto work = find(id);
  std::scoped_lock lock(work->mutex);
  return work->state;
}

void DataWorks::stop(int64_t id) {
  const auto work = find(id);
  std::scoped_lock lock(work->mutex);
  if (isOver(work->state))
    return;
  work->stop.request_stop();
  work->state.state = "stopped";
}

} // namespace lathe::engine
