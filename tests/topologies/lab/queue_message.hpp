#pragma once
#include <arpa/inet.h>
#include <endian.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace longhaul::test {

/// A message of the kernel's packet queue, written as linux/netfilter/nfnetlink_queue.h has it.
class QueueMessage {
 public:
  explicit QueueMessage(std::uint16_t queue = 0) : bytes_(sizeof(nlmsghdr) + sizeof(nfgenmsg)) {
    const nfgenmsg family{AF_UNSPEC, NFNETLINK_V0, htons(queue)};
    std::memcpy(&bytes_[sizeof(nlmsghdr)], &family, sizeof family);
  }

  QueueMessage& add(std::uint16_t type, std::span<const std::byte> value) {
    const nlattr header{static_cast<std::uint16_t>(sizeof(nlattr) + value.size()), type};
    append(std::as_bytes(std::span(&header, 1)));
    append(value);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
    return *this;
  }
  QueueMessage& add(std::uint16_t type, std::uint32_t value) {
    const std::uint32_t wire = htonl(value);
    return add(type, std::as_bytes(std::span(&wire, 1)));
  }
  QueueMessage& id(std::uint32_t id) {
    const nfqnl_msg_packet_hdr header{htonl(id), htons(0x0800), 2};
    return add(NFQA_PACKET_HDR, std::as_bytes(std::span(&header, 1)));
  }
  QueueMessage& queued_at(std::uint64_t seconds, std::uint64_t microseconds) {
    const nfqnl_msg_packet_timestamp time{htobe64(seconds), htobe64(microseconds)};
    return add(NFQA_TIMESTAMP, std::as_bytes(std::span(&time, 1)));
  }

  std::vector<std::byte> bytes(int type = NFQNL_MSG_PACKET) const {
    auto all = bytes_;
    nlmsghdr header{};
    header.nlmsg_len = static_cast<std::uint32_t>(all.size());
    header.nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_QUEUE << 8 | type);
    std::memcpy(all.data(), &header, sizeof header);
    return all;
  }

 private:
  void append(std::span<const std::byte> bytes) { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  std::vector<std::byte> bytes_;
};

}  // namespace longhaul::test
