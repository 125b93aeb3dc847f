// SPDX-License-Identifier: Apache-2.0
// What the parts of the engine share. Everything here is used on the loop's thread unless it says otherwise.
#pragma once

#include "core/base/processes.h"
#include "core/rpc/event_log.h"
#include "core/rpc/io_loop.h"
#include "core/rpc/message.h"
#include "core/store/store_thread.h"

#include <functional>
#include <memory>
#include <string>

namespace lathe::engine {

struct Context {
  rpc::IoLoop& loop;
  rpc::EventLog& events; // any thread
  store::StoreThread& store;
  std::string home;
  std::string workerProgram;

  /// `work` on the store's thread; its result or error goes to `reply` (any thread).
  void ask(std::function<Json(store::Store&)> work, rpc::Reply reply) const {
    store.post([work = std::move(work), reply = std::move(reply)](store::Store& s) { reply(capture([&] { return work(s); })); });
  }
  /// The same, with the result brought back to the loop's thread.
  template <class T>
  void fetch(std::function<T(store::Store&)> work, std::function<void(Result<T>)> then) const {
    store.post([work = std::move(work), then = std::move(then), &io = loop](store::Store& s) {
      auto result = std::make_shared<Result<T>>(capture([&] { return work(s); }));
      io.post([then, result] { then(std::move(*result)); });
    });
  }
};

} // namespace lathe::engine
