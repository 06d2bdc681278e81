// SPDX-FileCopyrightText: 2026 The Penstock developers
// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTcpSocket>
#include <QUrl>
#include <string>

#include "support/httpserver.h"

namespace penstock::test {

/// What a real server answers to a question that came to another: of doors that look at who asks. Any thread; blocks.
inline HttpReply passedOn(const HttpQuestion& question, const std::string& server)
{
    const QUrl url(QString::fromStdString(server));
    QTcpSocket socket;
    socket.connectToHost(url.host(), static_cast<quint16>(url.port()));
    // Of the older version: an answer ends with its connection.
    socket.write(question.method + ' ' + question.path + " HTTP/1.0\r\nContent-Type: " + question.headers.value("content-type") + "\r\nContent-Length: " + QByteArray::number(question.body.size()) + "\r\n\r\n" + question.body);
    while (socket.waitForReadyRead(10'000)) { }
    const auto answer = socket.readAll();
    const auto end = answer.indexOf("\r\n\r\n");
    const auto head = answer.left(end);
    const auto type = head.toLower().indexOf("content-type: ");
    return { .status = head.mid(9, 3).toInt(), .type = type < 0 ? QByteArray("text/plain") : head.mid(type + 14, head.indexOf("\r\n", type) - type - 14), .body = answer.mid(end + 4), .headers = {} };
}

} // namespace penstock::test
