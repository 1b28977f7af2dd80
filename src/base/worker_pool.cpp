#include "base/worker_pool.hpp"

#include <pthread.h>

namespace filegate {

WorkerPool::WorkerPool(std::string name, std::size_t threads) {
    for (std::size_t i = 0; i < threads; ++i) {
        threads_.emplace_back([this, name] { work(name); });
    }
}

WorkerPool::~WorkerPool() {
    {
        std::scoped_lock const lock(mutex_);
        is_stopping_ = true;
    }
    wake_.notify_all();
}

void WorkerPool::submit(Job job) {
    if (threads_.empty()) return job();
    {
        std::scoped_lock const lock(mutex_);
        jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
}

void WorkerPool::work(std::string const& name) {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
        if (jobs_.empty()) return;
        auto job = std::move(jobs_.front());
        jobs_.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
}

void Lane::submit(Job job) {
    {
        std::scoped_lock const lock(queue_->mutex);
        queue_->jobs.push_back(std::move(job));
        if (std::exchange(queue_->is_running, true)) return;
    }
    queue_->pool.submit([queue = queue_] { drain(*queue); });
}

void Lane::drain(Queue& queue) {
    std::unique_lock lock(queue.mutex);
    while (!queue.jobs.empty()) {
        auto job = std::move(queue.jobs.front());
        queue.jobs.pop_front();
        lock.unlock();
        job();
        job = nullptr;
        lock.lock();
    }
    queue.is_running = false;
}

}  // namespace filegate
