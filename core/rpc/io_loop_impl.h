// SPDX-License-Identifier: Apache-2.0
// Private to this folder: the Boost.Asio side of IoLoop.
#pragma once

#include <utility> // before Asio: Boost 1.74 does not include it itself

#include "core/rpc/io_loop.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <map>

namespace lathe::rpc {

struct IoLoop::Impl {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{context.get_executor()};
  std::map<uint64_t, std::unique_ptr<boost::asio::steady_timer>> timers;
  uint64_t nextTimer = 1;
};

} // namespace lathe::rpc
