// SPDX-License-Identifier: Apache-2.0
#include "pipeline/qa/anatomy_reference.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace iqt::qa {
namespace {

constexpr int kParts = 6;
/// One character for each way to share six parts among fluid, grey, white and none of them; the
/// blank is none at all.
constexpr std::string_view kAlphabet =
    " #$%&'()*+,-./0123456789:;<=>@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvw";

/// Calls `found` with each way (fluid, grey, white) and its place in the alphabet.
template <class Found>
void each_way(const Found& found) {
    std::size_t place = 0;
    for (int fluid = 0; fluid <= kParts; ++fluid)
        for (int grey = 0; fluid + grey <= kParts; ++grey)
            for (int white = 0; fluid + grey + white <= kParts; ++white)
                found(place++, std::array<int, 3>{fluid, grey, white});
}

// 12 maps, 1111 ml of grey and white matter.
constexpr std::string_view kPackedShares =
    "                                                                                "
    "                   >        >>       T>       T>                                "
    "                                                                                "
    "                                                                                "
    "    >        T>       eT>      nT>      T>>>                                    "
    "                                                                                "
    "                                                                     T>       od"
    ">      jq>>>    saJJE>   kaNNJ>   YJNNE    >EJE>                                "
    "                                                                                "
    "                                             >        nT       gn>>     IbNNJE  "
    " R;;;QJ>  S===;N   mS==;J   ^S;;N)   ENNJ)     ))                               "
    "                                                                                "
    "              >> >      >>    T>       odT      XoqYE    I`RRa^>  R:77RcY  ;:37<"
    "SE  S:7:;QE  c9<<SJ   aSSQN    EJJE                                             "
    "                                                              >>>    >>EE>    >d"
    "^JE>  >>TYJEE  od>>EE)  Xpd>     (CjYE    I'.Pa^>  b.(3RcY> :..79SJ  :37:<SJ  R:"
    "<<;N   aS<SNE   YaNJE    >EE>                                                   "
    "                                      >>>     T^^E>  >ThbOaE  >dsOPOJ  TdkbPPOE "
    "foh^OOOE (XrYJJKE ((]aJEEE C.3RQ^^E ].7<Sa^> -3:<Sc^> ::<;SaY> R<;SQ^>  aQQRaY  "
    " ^bbO^>   Y_KKE    >EE)                                                  >      "
    "  >>       >>       >>>EY>   >>Y^b^>  TTqbPP^  ddmP37RE nqRPI3PJ gpbRP2PO>(ClPPP"
    "PO>(IbRPPPO>IPSRPPPO>7:SRPRPJ 79SRPROJ RSSRPOaE cRRPPOY  bPPPPOE  OMMMPJ   _P2LK"
    "    YKK*                                         >        >>       YE   >   ^E>>"
    ">>   _EEYYT>  YY^kkaY  hhkmlOb> uqkbLPOY uqcRIMPb>pjQRI-PREDD`RM-7RE(X`RM.2REXlP"
    "PI.2REbRRP-37OERRPP326O RR7M3POE bP233PO> PM--3PE  PM.37K   OM3PK)   KLLK      )"
    ")                                 EE>>>    ^KE>>>   bLE>>>>  OLKEYY>  OMOO_Y>  b"
    "P7PbkY  bP7Pmk^> lbRPblOY j]O6P_P^>X.M:P`PbEI..22MPREDIH3.2PREglPPC3PREqbMiX-POE"
    "kOLjC-PO>mPL]I7PJ OPMI3POE PMI.3PJ  PM.3PO   P33PK)   KPLK)     )               "
    "          >>>      ^JE>>    bPKJE>   b3POK^>  O32PPOE  O.327PY  PI-7b_h> b:77Rsq"
    "> b:<:RmbY j2<<Rkb^ b:7<RlPb>c<7:R`PPEk=:.MM7PEjOPC.37PE[IffD3POEb3]pD3POEOPMWI7"
    "PJ OPM'3POE PM-.7OJ  P3.MPO   P2MPK)   EKKE                                >>>> "
    "    ^K^Y>    b2PO^E   b3-2P^>  b3'.3OE  MD'.3P^  IjI2PP_> jb72RblT qO76RPbY iL7:"
    "RbO^ b93:RbO_>b;73Ombb>iQ6.bbbbEXi[IPbbbE.XoX.MPOEP.XX'3PO)R2-C.MOJ OPM.3POE PP3"
    "3MOJ  PM3PPK   KPPbJ    E^EE                                >>>>     ^_^Y>    bM"
    "Pb^>   bM3PP^>  b2.-MbE  M.'.3P^  CgC-MMb> prH3MMbT ukM332bY uk3.23P_ ol-.M3M_>o"
    "sI'MMMPEfr].MMPb>IffD3MPbEMCXD.3POEP.D'.3PO R3..-MPJ OM-33POE bPMPMOE  bPLPOJ   "
    "_b__E    >E>                                 >>>      h^YT>    lLbkY>   bMMbbY  "
    " b23MP^>  b3.-MbY  LI'.3P^> ]XC'3Pb> ]gC'3PbY gfI'-PP^ WfI(.-P_ ]gX((3MO>MWX('.2"
    "b>PIC'(-Mb>PID'.3Pb>R2'.MMPO b3.MPPOE O33PPPK  bPMPPOE  _bPb_E   YhYE      >    "
    "                                       TYT>     k_^Y>    bMP_Y>   b3MbbE   b33MP"
    "_>  b3.3MbY  b3'.Mbh> P-'.Pbk> LI'.PObY MDD'3MPY PID(.PP_ PM''MLP^ OP''3PP^ bP.-"
    "MPP^ bP.3PPbE bM.Mbb_> bMMPb_E  bL`b_E   hl_YE    >T>                           "
    "                        >>       YYY>     l_^Y>    bMbaY>   b3Pb_E   b3MPO^>  b3"
    "3MP_Y  b3-3Pbh  b3.3Mbh> b3.3MP_> b3-22P_> b3.3Pb_> b3.3PL_Y bM.MPb_E lM3Lbl^> l"
    "MMPbkE  bPL`kY   kb_lY    TYY>                                                  "
    "                  >>       hY>>     l_YY>    bPbYE    bMP_Y>   b3Pb_Y   b3PPbh> "
    " b3MPPk>  b-MPP_E  b-MPP_Y  b.3M`_E  P-MMP_Y  `MMP`_T  _M`_lh>  lL`_kT   kb_kY  "
    "  ThY>     >>                                                                   "
    "            >>       TT>      hYY>     k_YY>    lb_Y>    bPbkY>   bPbbh>   bMblh"
    ">   bMPlk>   bMP`_>   `M`__E   `L_lY>   _`lhY    YlhY>    ThY>     >>           "
    "                                                                                "
    "               >>       T>>      dY>      hhY>     hhhT     hkhT>    hlhT>    hl"
    "hY>    hqhY>    Yhh>     YhT>     >T>                                           "
    "                                                                                "
    "                           >        >>       >>>      >T>      >T>      >>>     "
    " >>                                                                             "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                                "
    "                                                                      ";

}  // namespace

char pack_shares(const TissueShares& shares) {
    constexpr auto kAll = static_cast<float>(kParts);
    std::array<int, 3> parts{};
    for (std::size_t t = 0; t < parts.size(); ++t)
        parts[t] = std::max(0, static_cast<int>(std::lround(kAll * shares[t])));
    // Rounding can give more than there is: what was rounded up the most gives way.
    while (parts[0] + parts[1] + parts[2] > kParts) {
        std::size_t most = 0;
        float excess = -kAll;
        for (std::size_t t = 0; t < parts.size(); ++t) {
            const float over = static_cast<float>(parts[t]) - kAll * shares[t];
            if (parts[t] == 0 || over <= excess) continue;
            excess = over;
            most = t;
        }
        --parts[most];
    }
    char packed = ' ';
    each_way([&](std::size_t place, const std::array<int, 3>& way) {
        if (way == parts) packed = kAlphabet[place];
    });
    return packed;
}

TissueShares unpack_shares(char packed) {
    TissueShares shares{};
    each_way([&](std::size_t place, const std::array<int, 3>& way) {
        if (kAlphabet[place] != packed) return;
        for (std::size_t t = 0; t < shares.size(); ++t)
            shares[t] = static_cast<float>(way[t]) / static_cast<float>(kParts);
    });
    return shares;
}

AnatomyReference::AnatomyReference() {
    for (const char packed : anatomy_reference_text()) cells_.push_back(unpack_shares(packed));
}

TissueShares AnatomyReference::at(const Vec3& from_middle_mm) const {
    const Vec3 cell{from_middle_mm[0] / kCellMm - 0.5, from_middle_mm[1] / kCellMm + (kY - 1) / 2.0,
                    from_middle_mm[2] / kCellMm + (kZ - 1) / 2.0};
    TissueShares out{};
    for (int corner = 0; corner < 8; ++corner) {
        const std::array<int, 3> step{corner % 2, corner / 2 % 2, corner / 4};
        std::array<int, 3> where{};
        double weight = 1;
        for (std::size_t a = 0; a < 3; ++a) {
            const double low = std::floor(cell[a]);
            where[a] = static_cast<int>(low) + step[a];
            weight *= step[a] == 1 ? cell[a] - low : 1 - (cell[a] - low);
        }
        const int x = where[0] < 0 ? -1 - where[0] : where[0];
        if (x >= kHalfX || where[1] < 0 || where[1] >= kY || where[2] < 0 || where[2] >= kZ)
            continue;
        const TissueShares& there =
            cells_[static_cast<std::size_t>((where[2] * kY + where[1]) * kHalfX + x)];
        for (std::size_t t = 0; t < out.size(); ++t)
            out[t] += static_cast<float>(weight) * there[t];
    }
    return out;
}

std::string_view anatomy_reference_text() {
    return kPackedShares;
}

}  // namespace iqt::qa
