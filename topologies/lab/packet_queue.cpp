#include "topologies/lab/packet_queue.hpp"

#include <arpa/inet.h>
#include <endian.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_queue.h>
#include <linux/netlink.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>

#include "topologies/error.hpp"

namespace longhaul {
namespace {

/// Longest IP and TCP headers.
constexpr std::uint32_t kHeadBytes = 120;
/// Packets, beyond which the kernel drops; the emulator's own limit is in bytes and lower.
constexpr std::uint32_t kMostPackets = 4'000'000;
/// Of messages that wait to be read while the machine holds the emulator up, some 800 B each: as many as there may be,
/// and what will do.
constexpr int kMessageBytes = 64 << 20;
constexpr int kLeastMessageBytes = 4 << 20;
constexpr int kAnswerMilliseconds = 2000;

template <class Value>
std::span<const std::byte> bytes_of(const Value& value) {
  return std::as_bytes(std::span(&value, 1));
}

/// A request to the queue: netlink header, netfilter header, attributes.
class Request {
 public:
  Request(std::uint16_t queue, int type, int flags = 0) : message_(sizeof(nlmsghdr) + sizeof(nfgenmsg)) {
    header_.nlmsg_type = static_cast<std::uint16_t>(NFNL_SUBSYS_QUEUE << 8 | type);
    header_.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    const nfgenmsg family{AF_UNSPEC, NFNETLINK_V0, htons(queue)};
    std::memcpy(&message_[sizeof(nlmsghdr)], &family, sizeof family);
  }

  template <class Value>
  Request& with(std::uint16_t type, const Value& value) {
    const nlattr attribute{sizeof(nlattr) + sizeof value, type};
    append(bytes_of(attribute));
    append(bytes_of(value));
    message_.resize(NLMSG_ALIGN(message_.size()));
    return *this;
  }

  std::vector<std::byte> take() {
    header_.nlmsg_len = static_cast<std::uint32_t>(message_.size());
    std::memcpy(message_.data(), &header_, sizeof header_);
    return std::move(message_);
  }

 private:
  void append(std::span<const std::byte> bytes) { message_.insert(message_.end(), bytes.begin(), bytes.end()); }

  nlmsghdr header_{};
  std::vector<std::byte> message_;
};

/// Sends a request and waits for the kernel's word on it.
void ask(int queue, const std::vector<std::byte>& request) {
  constexpr const char* kWhat = "use a netfilter queue";
  checked(static_cast<int>(::send(queue, request.data(), request.size(), 0)), kWhat);
  pollfd polled{queue, POLLIN, 0};
  ::poll(&polled, 1, kAnswerMilliseconds);
  struct {
    nlmsghdr header;
    nlmsgerr error;
    char more[512];
  } answer{};
  const auto got = checked(static_cast<int>(::recv(queue, &answer, sizeof answer, MSG_TRUNC)), kWhat);
  if (got < static_cast<int>(sizeof answer.header + sizeof answer.error.error) ||
      answer.header.nlmsg_type != NLMSG_ERROR)
    throw EnvironmentError("cannot {}: the kernel gave no answer", kWhat);
  errno = -answer.error.error;
  checked(answer.error.error == 0 ? 0 : -1, kWhat);
}

std::vector<std::byte> gso_flag(std::uint16_t queue, bool set, int flags) {
  const std::uint32_t mask = htonl(NFQA_CFG_F_GSO);
  return Request(queue, NFQNL_MSG_CONFIG, flags).with(NFQA_CFG_FLAGS, set ? mask : 0U).with(NFQA_CFG_MASK, mask).take();
}

template <class Value>
std::optional<Value> read_at(std::span<const std::byte> bytes, std::size_t at = 0) {
  if (bytes.size() < at + sizeof(Value)) return std::nullopt;
  Value value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

void take_attribute(QueuedPacket& packet, unsigned type, std::span<const std::byte> value) {
  if (type == NFQA_PACKET_HDR) packet.id = ntohl(read_at<std::uint32_t>(value).value_or(0));
  if (type == NFQA_CAP_LEN) packet.size = ntohl(read_at<std::uint32_t>(value).value_or(0));
  if (type == NFQA_SKB_INFO) packet.super = (ntohl(read_at<std::uint32_t>(value).value_or(0)) & NFQA_SKB_GSO) != 0;
  if (type == NFQA_PAYLOAD) packet.head = value;
  if (type == NFQA_TIMESTAMP) {
    const auto time = read_at<nfqnl_msg_packet_timestamp>(value).value_or(nfqnl_msg_packet_timestamp{});
    packet.nanoseconds = static_cast<std::int64_t>(be64toh(time.sec) * 1'000'000'000 + be64toh(time.usec) * 1000);
  }
}

/// Where a user namespace does not give the right to more, the machine's limit has to do; too little of it, and packets
/// would be lost that nobody asked for.
void make_room(int queue) {
  if (::setsockopt(queue, SOL_SOCKET, SO_RCVBUFFORCE, &kMessageBytes, sizeof kMessageBytes) != 0)
    ::setsockopt(queue, SOL_SOCKET, SO_RCVBUF, &kMessageBytes, sizeof kMessageBytes);
  int room = 0;
  socklen_t size = sizeof room;
  checked(::getsockopt(queue, SOL_SOCKET, SO_RCVBUF, &room, &size), "ask for a socket's memory");
  if (room < kLeastMessageBytes)
    throw EnvironmentError("cannot read a netfilter queue without loss: its socket gets {} KiB, {} are needed",
                           room / 1024, kLeastMessageBytes / 1024);
}

void set_up(int socket, std::uint16_t queue) {
  const nfqnl_msg_config_cmd bind{NFQNL_CFG_CMD_BIND, 0, htons(AF_INET)};
  ask(socket, Request(queue, NFQNL_MSG_CONFIG, NLM_F_ACK).with(NFQA_CFG_CMD, bind).take());
  const nfqnl_msg_config_params heads{htonl(kHeadBytes), NFQNL_COPY_PACKET};
  ask(socket, Request(queue, NFQNL_MSG_CONFIG, NLM_F_ACK).with(NFQA_CFG_PARAMS, heads).take());
  const std::uint32_t length = htonl(kMostPackets);
  ask(socket, Request(queue, NFQNL_MSG_CONFIG, NLM_F_ACK).with(NFQA_CFG_QUEUE_MAXLEN, length).take());
  ask(socket, gso_flag(queue, true, NLM_F_ACK));
}

}  // namespace

Fd open_packet_queues(std::size_t count) {
  Fd socket(checked(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_NETFILTER),
                    "open a netfilter socket"));
  make_room(socket.get());
  const int on = 1;
  ::setsockopt(socket.get(), SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
  // The kernel stamps packets while any socket asks for it, and only then tells when they came to the queue.
  ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMP, &on, sizeof on);
  for (std::size_t queue = 0; queue < count; ++queue) set_up(socket.get(), static_cast<std::uint16_t>(queue));
  return socket;
}

std::string queue_rules(const std::vector<std::string>& ports) {
  std::string rules = "*mangle\n";
  for (std::size_t from = 0; from < ports.size(); ++from)
    for (std::size_t to = 0; to < ports.size(); ++to)
      if (from != to)
        rules += fmt::format("-A FORWARD -i {} -o {} -j NFQUEUE --queue-num {}\n", ports[from], ports[to],
                             from * ports.size() + to);
  return rules + "COMMIT\n";
}

std::optional<QueuedPacket> read_queued(std::span<const std::byte> message) {
  const auto header = read_at<nlmsghdr>(message);
  if (!header || header->nlmsg_type != (NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_PACKET) ||
      header->nlmsg_len > message.size())
    return std::nullopt;
  const auto family = read_at<nfgenmsg>(message, sizeof(nlmsghdr));
  if (!family) return std::nullopt;
  QueuedPacket packet;
  packet.queue = ntohs(family->res_id);
  std::size_t at = sizeof(nlmsghdr) + sizeof(nfgenmsg);
  while (const auto attribute = read_at<nlattr>(message, at)) {
    if (attribute->nla_len < sizeof(nlattr) || at + attribute->nla_len > message.size()) return std::nullopt;
    take_attribute(packet, attribute->nla_type & NLA_TYPE_MASK,
                   message.subspan(at + sizeof(nlattr), attribute->nla_len - sizeof(nlattr)));
    at += NLA_ALIGN(attribute->nla_len);
  }
  if (packet.id == 0) return std::nullopt;
  packet.size = std::max(packet.size, packet.head.size());  // told only where the head is not all
  return packet;
}

wan::Wire wire_of(const QueuedPacket& packet, const wan::Ipv4Packet& headers, std::size_t mtu) {
  const bool several = packet.super && headers.has_ports() && headers.header_bytes < mtu;
  return wan::wire_of(packet.size, headers.header_bytes, several ? mtu - headers.header_bytes : 0);
}

std::array<std::byte, 32> verdict_on(std::uint16_t queue, std::uint32_t id, std::uint32_t verdict) {
  struct Message {
    nlmsghdr header;
    nfgenmsg family;
    nlattr attribute;
    nfqnl_msg_verdict_hdr judged;
  };
  return std::bit_cast<std::array<std::byte, 32>>(
      Message{{sizeof(Message), NFNL_SUBSYS_QUEUE << 8 | NFQNL_MSG_VERDICT, NLM_F_REQUEST, 0, 0},
              {AF_UNSPEC, NFNETLINK_V0, htons(queue)},
              {sizeof(nlattr) + sizeof(nfqnl_msg_verdict_hdr), NFQA_VERDICT_HDR},
              {htonl(verdict), htonl(id)}});
}

std::vector<std::byte> cutting(std::uint16_t queue, bool cut) { return gso_flag(queue, !cut, 0); }

}  // namespace longhaul
