/// A date and time of day in the proleptic Gregorian calendar, in UTC, to the second.
package struct CivilTime: Hashable, Sendable {
    /// 1 to 9999 where the time is written as ISO 8601.
    package var year: Int
    /// 1 to 12.
    package var month: Int
    /// 1 to 31.
    package var day: Int
    /// 0 to 23.
    package var hour: Int
    /// 0 to 59.
    package var minute: Int
    /// 0 to 59: POSIX time has no leap seconds.
    package var second: Int

    /// A date, with a time of day or at midnight.
    package init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
    }

    /// The calendar reading of a POSIX time, in seconds.
    ///
    /// Days are counted in 400-year eras from 0000-03-01, so that a leap day is the last of its year
    /// (Howard Hinnant, "chrono-compatible low-level date algorithms").
    package init(secondsSince1970: Int64) {
        let days = Self.floorDivision(secondsSince1970, 86_400)
        let secondOfDay = Int(secondsSince1970 - days * 86_400)
        let shifted = days + 719_468
        let era = Self.floorDivision(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            year: Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)),
            month: Int(month),
            day: Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1),
            hour: secondOfDay / 3_600,
            minute: secondOfDay / 60 % 60,
            second: secondOfDay % 60
        )
    }

    /// POSIX time in seconds.
    ///
    /// Components out of range carry over, so check `isValid` first where that matters.
    package var secondsSince1970: Int64 {
        let year = Int64(self.month <= 2 ? self.year - 1 : self.year)
        let era = Self.floorDivision(year, 400)
        let yearOfEra = year - era * 400
        let shiftedMonth = Int64(self.month > 2 ? self.month - 3 : self.month + 9)
        let dayOfYear = (153 * shiftedMonth + 2) / 5 + Int64(self.day) - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        return days * 86_400 + Int64(self.hour) * 3_600 + Int64(self.minute) * 60 + Int64(self.second)
    }

    /// Whether the day exists and the time of day is one of a clock without leap seconds.
    package var isValid: Bool {
        (1...12).contains(self.month) && (1...Self.days(inMonth: self.month, year: self.year)).contains(self.day)
            && (0...23).contains(self.hour) && (0...59).contains(self.minute) && (0...59).contains(self.second)
    }

    private static func days(inMonth month: Int, year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func floorDivision(_ dividend: Int64, _ divisor: Int64) -> Int64 {
        dividend >= 0 ? dividend / divisor : (dividend - divisor + 1) / divisor
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Puts `number`, which is not negative and has no more digits than the range, with zeros in front.
    ///
    /// For texts of a fixed form, such as timestamps, which are written over a pattern instead of piece by piece.
    package func set(digits number: Int, _ range: Range<Int>) {
        var rest = number
        for index in range.reversed() {
            self[index] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
            rest /= 10
        }
    }

    /// Puts the digits of `time` over the beginning `0000-00-00T00:00:00`.
    package func set(digitsOf time: CivilTime) {
        self.set(digits: time.year, 0..<4)
        self.set(digits: time.month, 5..<7)
        self.set(digits: time.day, 8..<10)
        self.set(digits: time.hour, 11..<13)
        self.set(digits: time.minute, 14..<16)
        self.set(digits: time.second, 17..<19)
    }
}
